// Device ports: calls and service through the kernel.
#pragma once

#include "firmware/runtime/message.h"
#include "firmware/runtime/syscall.h"

namespace ipc {

class ReplyPort {
 public:
  base::Result<void> reply(kernel::abi::ReplyToken token, const Answer& answer) const {
    Words words = answer.words;
    return base::Error{
        runtime::message_call(runtime::Syscall::kReply, token.bits, answer.error.word, words.data())
            .r0};
  }
};

/// A connection handle, as kConnect gave it. It lives as long as the process.
class Connection {
 public:
  explicit constexpr Connection(uint32_t handle) : handle_(handle) {}
  uint32_t handle() const { return handle_; }

  Answer call(const Message& message) const {
    Answer answer{.words = message.words};
    if (message.info.has_memory()) {
      answer.words[0] = reinterpret_cast<uintptr_t>(message.memory.data);
      answer.words[1] = message.memory.bytes;
    }
    answer.error = {runtime::message_call(runtime::Syscall::kCall, handle_, message.info.bits,
                                          answer.words.data())
                        .r0};
    return answer;
  }

 private:
  uint32_t handle_;
};

/// A server handle, as kServe gave it, for ipc::serve.
class ServerPort {
 public:
  explicit constexpr ServerPort(uint32_t handle) : handle_(handle) {}

  base::Error receive(Message& message) {
    return enter(runtime::Syscall::kReceive, handle_, 0, message);
  }
  base::Error reply_receive(kernel::abi::ReplyToken token, const Answer& answer, Message& message) {
    message.words = answer.words;
    const base::Error error =
        enter(runtime::Syscall::kReplyReceive, token.bits, answer.error.word, message);
    // The caller died or gave up meanwhile. That is nothing to a server: it waits for the next.
    if (error.word && error.code() == base::Code::kNotFound) return receive(message);
    return error;
  }
  ReplyPort reply_port() const { return {}; }

 private:
  static base::Error enter(runtime::Syscall call, uint32_t r0, uint32_t r1, Message& message) {
    const runtime::MessageOutcome result =
        runtime::message_call(call, r0, r1, message.words.data());
    message.info = {result.r1};
    message.sender = {result.r10};
    message.reply = {result.r11};
    message.memory = {};
    if (message.info.has_memory())
      message.memory = {reinterpret_cast<std::byte*>(message.words[0]), message.words[1]};
    return {result.r0};
  }
  uint32_t handle_;
};

}  // namespace ipc
