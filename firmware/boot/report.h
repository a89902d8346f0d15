// One line of the bootstrap's report, built piece by piece in a fixed buffer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace firmware::boot {

/// Text that cannot grow past one console line; what does not fit is cut off. Every byte is
/// printable, whatever is put in: a hostile image cannot send control characters to the console.
class Line {
 public:
  Line& operator<<(std::string_view text) {
    for (const char c : text) put(c >= ' ' && c <= '~' ? c : '?');
    return *this;
  }
  Line& operator<<(uint32_t number) {
    std::array<char, 10> digits;
    size_t count = 0;
    do digits[count++] = static_cast<char>('0' + number % 10);
    while (number /= 10);
    while (count) put(digits[--count]);
    return *this;
  }
  /// As `0x` and eight digits.
  Line& hex(uint32_t number) {
    *this << "0x";
    for (int shift = 28; shift >= 0; shift -= 4) put(kDigits[number >> shift & 15]);
    return *this;
  }
  /// As two digits each.
  Line& bytes(std::span<const uint8_t> bytes) {
    for (const uint8_t byte : bytes) {
      put(kDigits[byte >> 4]);
      put(kDigits[byte & 15]);
    }
    return *this;
  }
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  static constexpr char kDigits[] = "0123456789abcdef";
  void put(char c) {
    if (size_ < text_.size()) text_[size_++] = c;
  }
  std::array<char, 120> text_;
  size_t size_ = 0;
};

/// Where lines go; they come without a line end.
class Console {
 public:
  virtual void print(std::string_view line) = 0;

 protected:
  ~Console() = default;
};

}  // namespace firmware::boot
