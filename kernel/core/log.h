// The kernel's own words: a ring that the console process drains.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernel/core/limits.h"

namespace kernel {

struct Hex {
  uint32_t value;
};

/// When nobody reads, the oldest bytes are lost and counted.
class Log {
 public:
  /// One line from pieces: text, numbers (decimal), Hex.
  template <class... Pieces>
  void line(const Pieces&... pieces) {
    (put(pieces), ...);
    put(std::string_view("\n"));
  }

  bool empty() const { return read_ == written_; }
  uint32_t size() const { return written_ - read_; }
  uint32_t lost() const { return lost_; }
  /// The oldest bytes that lie in one piece; consume() takes them out.
  std::string_view front() const;
  /// Copies the newest bytes, read or not, as many as fit. Returns how many.
  uint32_t newest(std::span<char> out) const;
  void consume(uint32_t bytes) { read_ += bytes; }

 private:
  void put(std::string_view text);
  void put(const char* text) { put(std::string_view(text)); }
  void put(std::integral auto value) { put_decimal(static_cast<uint32_t>(value)); }
  void put_decimal(uint32_t value);
  void put(Hex value);

  std::array<char, kLogBytes> bytes_{};
  uint32_t written_ = 0;  // both count for ever and wrap
  uint32_t read_ = 0;
  uint32_t lost_ = 0;
};
static_assert((kLogBytes & (kLogBytes - 1)) == 0);

}  // namespace kernel
