// CRC-32 as base/crc32.h has it, a word at a time: an image of megabytes is summed on the core.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace bringup::applets {

class FastCrc32 {
 public:
  /// The tables are computed, not stored: the debugger would have to load them.
  constexpr FastCrc32() {
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value & 1 ? 0xedb8'8320u : 0) ^ value >> 1;
      tables_[0][i] = value;
    }
    for (uint32_t i = 0; i < 256; ++i)
      for (unsigned table = 1; table < 4; ++table)
        tables_[table][i] = tables_[0][tables_[table - 1][i] & 0xff] ^ tables_[table - 1][i] >> 8;
  }

  void start() { state_ = ~uint32_t{0}; }
  void add(std::span<const std::byte> bytes) {
    uint32_t state = state_;
    const std::byte* at = bytes.data();
    const std::byte* const end = at + bytes.size();
    while (at < end && reinterpret_cast<uintptr_t>(at) % 4 != 0) state = one(state, *at++);
    for (; end - at >= 4; at += 4) {
      uint32_t word;
      // Freestanding, std::memcpy is a call.
      __builtin_memcpy(&word, __builtin_assume_aligned(at, 4), sizeof word);
      word ^= state;
      state = tables_[3][word & 0xff] ^ tables_[2][word >> 8 & 0xff] ^
              tables_[1][word >> 16 & 0xff] ^ tables_[0][word >> 24];
    }
    while (at < end) state = one(state, *at++);
    state_ = state;
  }
  uint32_t value() const { return ~state_; }

 private:
  uint32_t one(uint32_t state, std::byte byte) const {
    return tables_[0][(state ^ std::to_integer<uint32_t>(byte)) & 0xff] ^ state >> 8;
  }

  std::array<std::array<uint32_t, 256>, 4> tables_{};
  uint32_t state_ = ~uint32_t{0};
};

}  // namespace bringup::applets
