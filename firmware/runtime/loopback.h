// For unit tests on the host: clients and a server of one interface with no kernel between them. A
// call runs the server's handler on the caller's thread, one at a time as a server thread would; a
// deferred answer is waited for, so use a thread per waiting client. A timed call waits so long for
// a deferred answer; the handler itself is not interrupted.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>

#include "firmware/runtime/ipc.h"

namespace ipc {

template <Interface I, class Server>
class Loopback {
 public:
  /// How long a caller waits for a deferred answer before the test is told kTimeout.
  static constexpr std::chrono::seconds kPatience{10};

  explicit Loopback(Server& server) : server_(server) {}

  /// A client that the server sees as `sender`. It must not outlive this.
  Client<I> client(kernel::abi::Identity sender = kernel::abi::Identity::make(1, 1)) {
    return Client<I>(Connection(*peers_.emplace(peers_.end(), *this, sender)));
  }
  /// Calls whose handler has returned and which still wait for their answer.
  size_t deferred() {
    std::lock_guard lock(mutex_);
    size_t count = 0;
    for (const auto& [token, call] : calls_) count += call.deferred && !call.answer;
    return count;
  }
  /// What an arbitrary message, however wrong, is answered with.
  Answer send_raw(Message message) {
    Peer peer(*this, message.sender);
    return peer.call(message);
  }

 private:
  class Peer : public Exchange {
   public:
    Peer(Loopback& loopback, kernel::abi::Identity sender) : loopback_(loopback), sender_(sender) {}
    Answer call(const Message& message) override {
      return loopback_.call(*this, message, sender_, kPatience);
    }
    Answer call(const Message& message, Within within) override {
      return loopback_.call(*this, message, sender_, within.limit);
    }
    base::Result<void> notify(uint32_t bits) override {
      loopback_.notify(*this, bits);
      return {};
    }
    base::Result<void> reply(kernel::abi::ReplyToken token, const Answer& answer) override {
      return loopback_.reply(token, answer);
    }

   private:
    Loopback& loopback_;
    kernel::abi::Identity sender_;
  };

  void notify(Peer& peer, uint32_t bits) {
    Answer none;
    const Message message{.info = kernel::abi::Info::make(Kind::kSend, 0), .words = {bits}};
    std::lock_guard one_at_a_time(server_thread_);
    (void)dispatch<I>(server_, message, ReplyPort(peer), none);
  }

  Answer call(Peer& peer, Message message, kernel::abi::Identity sender, base::Duration patience) {
    message.sender = sender;
    {
      std::lock_guard lock(mutex_);
      message.reply = {++last_token_};
      calls_.emplace(message.reply.bits, Call());
    }
    Answer answer;
    {
      std::lock_guard one_at_a_time(server_thread_);
      const Dispatched result = dispatch<I>(server_, message, ReplyPort(peer), answer);
      std::lock_guard lock(mutex_);
      if (result == Dispatched::kAnswered) {
        calls_.erase(message.reply.bits);
        return answer;
      }
      calls_.at(message.reply.bits).deferred = true;
    }
    std::unique_lock lock(mutex_);
    const auto& slot = calls_.at(message.reply.bits).answer;
    if (answered_.wait_for(lock, patience, [&] { return slot.has_value(); })) {
      answer = *slot;
    } else {
      answer.error = FAIL(kTimeout);
    }
    calls_.erase(message.reply.bits);
    return answer;
  }

  base::Result<void> reply(kernel::abi::ReplyToken token, const Answer& answer) {
    std::lock_guard lock(mutex_);
    const auto call = calls_.find(token.bits);
    if (call == calls_.end() || call->second.answer) return FAIL(kNotFound);
    call->second.answer = answer;
    answered_.notify_all();
    return {};
  }

  struct Call {
    bool deferred = false;
    std::optional<Answer> answer{};
  };

  Server& server_;
  std::list<Peer> peers_;
  std::mutex server_thread_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::map<uint32_t, Call> calls_;
  uint32_t last_token_ = 0;
};

}  // namespace ipc
