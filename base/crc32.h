// CRC-32 as zlib, Ethernet and ZIP have it: polynomial 0x04c11db7 reflected, start and end
// inverted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace base {

/// Sixteen entries: a nibble at a time is half the speed of a byte at a time in a sixteenth of the
/// room.
class Crc32 {
 public:
  constexpr void add(uint8_t byte) {
    state_ = kTable[(state_ ^ byte) & 15] ^ state_ >> 4;
    state_ = kTable[(state_ ^ byte >> 4) & 15] ^ state_ >> 4;
  }
  constexpr void add(std::string_view text) {
    for (char c : text) add(static_cast<uint8_t>(c));
  }
  constexpr void add(std::span<const std::byte> bytes) {
    for (std::byte b : bytes) add(static_cast<uint8_t>(b));
  }
  constexpr uint32_t value() const { return ~state_; }

 private:
  static constexpr std::array<uint32_t, 16> kTable = [] {
    std::array<uint32_t, 16> table{};
    for (uint32_t i = 0; i < 16; ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 4; ++bit) value = (value & 1 ? 0xedb88320u : 0) ^ value >> 1;
      table[i] = value;
    }
    return table;
  }();
  uint32_t state_ = ~uint32_t{0};
};

constexpr uint32_t crc32(std::string_view text) {
  Crc32 crc;
  crc.add(text);
  return crc.value();
}
static_assert(crc32("123456789") == 0xcbf43926);

}  // namespace base
