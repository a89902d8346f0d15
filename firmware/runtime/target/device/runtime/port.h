// Device ports: calls and service through the kernel.
#pragma once

#include "firmware/runtime/message.h"
#include "firmware/runtime/syscall.h"
#include "firmware/runtime/time.h"

namespace ipc {

class ReplyPort {
 public:
  base::Result<void> reply(kernel::abi::ReplyToken token, const Answer& answer) const {
    Words words = answer.words;
    return base::Error{
        runtime::message_call(runtime::Syscall::kReply, token.bits, answer.error.word, words.data())
            .r0};
  }
  /// Unmaps pages that arrived for good.
  void give_up(const Range& pages) const {
    runtime::system_call(runtime::Syscall::kUnmap, reinterpret_cast<uintptr_t>(pages.data),
                         pages.bytes);
  }
};

/// A connection handle, as kConnect gave it. It lives as long as the process.
class Connection {
 public:
  explicit constexpr Connection(uint32_t handle) : handle_(handle) {}
  uint32_t handle() const { return handle_; }

  Answer call(const Message& message) const {
    Answer answer = outgoing(message);
    answer.error = {runtime::message_call(runtime::Syscall::kCall, handle_, message.info.bits,
                                          answer.words.data())
                        .r0};
    return answer;
  }
  Answer call(const Message& message, Within within) const {
    Answer answer = outgoing(message);
    const runtime::Halves time = runtime::nanoseconds(within.limit);
    answer.error = {runtime::timed_message_call(runtime::Syscall::kCallTimed, handle_,
                                                message.info.bits, answer.words.data(), time.low,
                                                time.high)
                        .r0};
    return answer;
  }
  base::Result<void> notify(uint32_t bits) const {
    return base::Error{runtime::system_call(runtime::Syscall::kNotify, handle_, bits).error};
  }

 private:
  static Answer outgoing(const Message& message) {
    Answer answer{.words = message.words};
    if (message.info.has_memory()) {
      answer.words[0] = reinterpret_cast<uintptr_t>(message.memory.data);
      answer.words[1] = message.memory.bytes;
    }
    return answer;
  }

  uint32_t handle_;
};

/// A server handle, as kServe gave it, for ipc::serve.
class ServerPort {
 public:
  explicit constexpr ServerPort(uint32_t handle) : handle_(handle) {}

  base::Error receive(Message& message) {
    return enter(runtime::Syscall::kReceive, handle_, 0, message);
  }
  /// kTimeout.
  base::Error receive(Message& message, Within within) {
    const runtime::Halves time = runtime::nanoseconds(within.limit);
    message.words[0] = time.high;  // r2
    return enter(runtime::Syscall::kReceiveTimed, handle_, time.low, message);
  }
  /// kBusy: nothing waits.
  base::Error try_receive(Message& message) {
    return enter(runtime::Syscall::kTryReceive, handle_, 0, message);
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
