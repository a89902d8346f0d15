// One connection to OpenOCD's TCL server: a command out, an answer back, never longer than allowed.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "probes/failure.h"
#include "probes/time.h"

namespace probes::openocd {

class Rpc {
 public:
  enum class End { kAnswered, kClosed, kLate, kInterrupted, kTooLong };
  struct Answer {
    End end = End::kClosed;
    std::string text{};
  };

  static Outcome<Rpc> connect(uint16_t port);
  Rpc(Rpc&& other) noexcept;
  Rpc& operator=(Rpc&&) = delete;
  ~Rpc();

  /// Sends `command` and waits for its answer. After any end but kAnswered the connection is of no
  /// more use: a late answer would be taken for the next command's.
  Answer call(std::string_view command, Milliseconds limit);

 private:
  explicit Rpc(int fd) : fd_(fd) {}
  using Instant = std::chrono::steady_clock::time_point;
  End send_all(std::string_view bytes, Instant deadline);
  End wait(short events, Instant deadline);

  int fd_ = -1;
  std::string received_;
};

}  // namespace probes::openocd
