// Host ports: a call reaches an Exchange, which a unit test provides (firmware/runtime/loopback.h).
#pragma once

#include "firmware/runtime/message.h"

namespace ipc {

/// Stands in for the kernel.
class Exchange {
 public:
  virtual Answer call(const Message& message) = 0;
  virtual Answer call(const Message& message, Within within) = 0;
  virtual base::Result<void> notify(uint32_t bits) = 0;
  /// kNotFound: no such call waits.
  virtual base::Result<void> reply(kernel::abi::ReplyToken token, const Answer& answer) = 0;
  /// Pages that arrived for good are not wanted.
  virtual void give_up(const Range&) {}

 protected:
  ~Exchange() = default;
};

class ReplyPort {
 public:
  explicit ReplyPort(Exchange& exchange) : exchange_(&exchange) {}
  base::Result<void> reply(kernel::abi::ReplyToken token, const Answer& answer) const {
    return exchange_->reply(token, answer);
  }
  void give_up(const Range& pages) const { exchange_->give_up(pages); }

 private:
  Exchange* exchange_;
};

class Connection {
 public:
  explicit Connection(Exchange& exchange) : exchange_(&exchange) {}
  Answer call(const Message& message) const { return exchange_->call(message); }
  Answer call(const Message& message, Within within) const {
    return exchange_->call(message, within);
  }
  base::Result<void> notify(uint32_t bits) const { return exchange_->notify(bits); }

 private:
  Exchange* exchange_;
};

}  // namespace ipc
