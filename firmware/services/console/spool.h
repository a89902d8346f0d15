// What waits to be printed: a bounded queue per client, emptied line by line in turn.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "firmware/interfaces/console.h"
#include "firmware/runtime/ipc.h"

namespace services::console {

/// A bounded queue of characters.
template <size_t Size>
class Ring {
 public:
  bool empty() const { return count_ == 0; }
  size_t room() const { return Size - count_; }
  /// Traps when full.
  void push(char c) {
    base::require(count_ < Size);
    items_[(first_ + count_++) % Size] = c;
  }
  /// Traps when empty.
  char pop() {
    base::require(count_ > 0);
    const char c = items_[first_];
    first_ = (first_ + 1) % Size;
    --count_;
    return c;
  }

 private:
  std::array<char, Size> items_{};
  size_t first_ = 0, count_ = 0;
};

/// No line is ever mixed with another. Whoever has a line ready gets its turn after at most one
/// line of each other and what the kernel has to say; a line is broken after kLongestLine
/// characters, and one that its writer leaves unfinished is ended as soon as somebody else has
/// something to print. Not safe for several threads: Console locks.
class Spool {
 public:
  using Write = interfaces::Console::Write;
  using Flush = interfaces::Console::Flush;

  static constexpr size_t kClients = 24;
  static constexpr size_t kQueue = 2048;
  static constexpr size_t kLongestLine = 1024;
  static constexpr size_t kWaitingWrites = 4;  // of one client
  static constexpr size_t kFlushes = 8;

  /// Writers that are not clients.
  enum class Own { kKernelLog, kTyping, kCount };

  /// Interface method: see firmware/interfaces/console.h. Writes that do not fit wait here, with
  /// their pages, in the order they came.
  void write(kernel::abi::Identity from, std::span<const char> text, ipc::Promise<Write> promise);
  void flush(kernel::abi::Identity from, ipc::Promise<Flush> promise);

  /// Queues what fits, as it is. Returns how much that was.
  size_t write_own(Own own, std::string_view text);

  bool empty() const;
  /// Fills `out` (all but its last character, perhaps) with what is to be sent next, with "\r\n"
  /// for line ends. Returns how much.
  size_t take(std::span<char> out);
  /// Says that of all that take() gave out, everything but the last `on_their_way` characters is
  /// with the transmitter.
  void sent_all_but(uint64_t on_their_way);

 private:
  struct Waiting {
    std::span<const char> rest;
    ipc::Promise<Write> promise;
  };
  struct Source {
    kernel::abi::Identity owner{};
    Ring<kQueue> queue{};
    std::array<std::optional<Waiting>, kWaitingWrites> waiting{};  // oldest first
    uint64_t queued = 0, taken = 0;                                // characters, ever
    size_t flushes = 0;
  };
  struct Flushing {
    Source* source;
    uint64_t until;                  // of source->taken
    std::optional<uint64_t> behind;  // then: of taken_
    ipc::Promise<Flush> promise;
  };

  static bool idle(const Source& source) {
    return source.queue.empty() && !source.waiting[0] && source.flushes == 0;
  }
  Source* source_of(kernel::abi::Identity owner);
  static size_t push(Source& source, std::span<const char> text);
  void refill(Source& source);
  void put(std::span<char> out, size_t& used, std::string_view text);
  void end_line(std::span<char> out, size_t& used);
  size_t next_with_text(size_t after) const;
  void settle_flushes();

  static constexpr size_t kOwn = static_cast<size_t>(Own::kCount);
  static constexpr size_t kNone = kOwn + kClients;
  std::array<Source, kOwn + kClients> sources_{};
  std::array<std::optional<Flushing>, kFlushes> flushes_{};
  size_t current_ = kNone - 1;  // whose turn it is
  size_t column_ = 0;           // characters of the unfinished line
  uint64_t taken_ = 0, left_ = 0;
};

}  // namespace services::console
