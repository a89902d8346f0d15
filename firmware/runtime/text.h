// Short texts put together without a heap.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace runtime {

/// What stands before the first NUL of a padded text.
constexpr std::string_view text_of(std::span<const char> padded) {
  size_t length = 0;
  while (length < padded.size() && padded[length]) ++length;
  return {padded.data(), length};
}

/// At most Size characters; what is over is cut off.
template <size_t Size>
class Text {
 public:
  constexpr Text() = default;

  constexpr Text& operator<<(std::string_view text) {
    for (char c : text)
      if (used_ < Size) characters_[used_++] = c;
    return *this;
  }
  /// In decimal.
  template <std::unsigned_integral Number>
  constexpr Text& operator<<(Number number) {
    std::array<char, 20> digits{};
    size_t first = digits.size();
    uint64_t rest = number;
    do digits[--first] = static_cast<char>('0' + rest % 10);
    while (rest /= 10);
    return *this << std::string_view(digits.data() + first, digits.size() - first);
  }
  /// As 0x and eight digits.
  constexpr Text& hex(uint32_t number) {
    *this << "0x";
    for (int shift = 28; shift >= 0; shift -= 4) {
      const char digit = "0123456789abcdef"[number >> shift & 15];
      *this << std::string_view(&digit, 1);
    }
    return *this;
  }
  constexpr std::string_view view() const { return {characters_.data(), used_}; }

 private:
  std::array<char, Size> characters_{};
  size_t used_ = 0;
};

}  // namespace runtime
