// Raw measurements as lines of text, from a device's console to the rig. Both sides include this.
//
//   @S <series> <unit> <first index> <value> <value> ... *<crc32>   some values, in order
//   @E <series> <unit> <count> *<crc32>                             the series is complete
//
// Fields are separated by one space. Series ("kernel/null_call") and unit ("insn") are printable and
// hold no space; numbers are decimal, below 2^32. The CRC (base/crc32.h, eight lower-case hex
// digits) covers the bytes from '@' to the one before " *". A receiver checks the CRC, that each
// line's first index is the number of values it already has, and the final count: then no line can
// be lost or damaged unseen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/crc32.h"

namespace base::samples {

inline constexpr std::string_view kInstructions = "insn";  ///< retired instructions
inline constexpr std::string_view kCycles = "cycles";      ///< of the CPU clock

/// What was put into a buffer.
struct Written {
  size_t characters = 0;  ///< no newline is added
  size_t values = 0;      ///< how many of the given values the line holds
};

namespace detail {

class Writer {
 public:
  explicit constexpr Writer(std::span<char> out) : out_(out) {}
  constexpr size_t used() const { return used_; }
  constexpr bool fits(size_t count) const { return out_.size() - used_ >= count; }
  constexpr std::string_view text() const { return {out_.data(), used_}; }
  constexpr bool put(std::string_view text) {
    if (!fits(text.size())) return false;
    for (char c : text) out_[used_++] = c;
    return true;
  }
  constexpr bool put_number(uint32_t value, size_t keep_free) {
    char digits[10] = {};
    size_t count = 0;
    do digits[count++] = static_cast<char>('0' + value % 10);
    while (value /= 10);
    if (!fits(count + 1 + keep_free)) return false;
    out_[used_++] = ' ';
    while (count) out_[used_++] = digits[--count];
    return true;
  }
  /// The CRC of all that was put so far.
  constexpr bool put_check() {
    const uint32_t crc = crc32(text());
    if (!put(" *")) return false;
    if (!fits(8)) return false;
    for (int shift = 28; shift >= 0; shift -= 4)
      out_[used_++] = "0123456789abcdef"[crc >> shift & 15];
    return true;
  }

 private:
  std::span<char> out_;
  size_t used_ = 0;
};

inline constexpr size_t kCheckLength = 10;  // " *xxxxxxxx"

}  // namespace detail

/// Writes an @S line with as many of `values` as fit. Nothing (0 characters) when not even one
/// does, or when there are none.
constexpr Written write_values(std::span<char> out, std::string_view series, std::string_view unit,
                               uint32_t first, std::span<const uint32_t> values) {
  detail::Writer writer(out);
  if (!writer.put("@S ") || !writer.put(series) || !writer.put(" ") || !writer.put(unit) ||
      !writer.put_number(first, detail::kCheckLength))
    return {};
  size_t count = 0;
  while (count < values.size() && writer.put_number(values[count], detail::kCheckLength)) ++count;
  if (count == 0 || !writer.put_check()) return {};
  return {.characters = writer.used(), .values = count};
}

/// Writes the @E line of a series of `count` values. 0 characters when it does not fit.
constexpr Written write_end(std::span<char> out, std::string_view series, std::string_view unit,
                            uint32_t count) {
  detail::Writer writer(out);
  if (!writer.put("@E ") || !writer.put(series) || !writer.put(" ") || !writer.put(unit) ||
      !writer.put_number(count, detail::kCheckLength) || !writer.put_check())
    return {};
  return {.characters = writer.used()};
}

/// One intact line. The views point into the text that was read.
struct Line {
  enum class Kind { kValues, kEnd };
  Kind kind = Kind::kValues;
  std::string_view series{};
  std::string_view unit{};
  uint32_t number = 0;        ///< @S: index of the first value; @E: how many there were
  std::string_view values{};  ///< @S: for next_value()
};

enum class Reading {
  kOther,    ///< not a sample line at all
  kCorrupt,  ///< one that was damaged on its way: malformed, or its CRC is wrong
  kIntact,
};

/// Takes the next number off `text`. Empty at its end; the numbers of a Line with Reading::kIntact
/// are all well formed.
constexpr std::optional<uint32_t> next_value(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  uint64_t value = 0;
  size_t digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    value = value * 10 + static_cast<uint64_t>(text.front() - '0');
    text.remove_prefix(1);
    if (++digits > 10 || value > 0xffff'ffff) return std::nullopt;
  }
  if (digits == 0 || (!text.empty() && text.front() != ' ')) return std::nullopt;
  return static_cast<uint32_t>(value);
}

namespace detail {

constexpr std::string_view take_word(std::string_view& text) {
  size_t length = 0;
  while (length < text.size() && text[length] != ' ') ++length;
  const std::string_view word(text.data(), length);
  text.remove_prefix(length < text.size() ? length + 1 : length);
  return word;
}

constexpr std::optional<uint32_t> read_hex8(std::string_view text) {
  if (text.size() != 8) return std::nullopt;
  uint32_t value = 0;
  for (char c : text) {
    if (c >= '0' && c <= '9') {
      value = value << 4 | static_cast<uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value = value << 4 | static_cast<uint32_t>(c - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return value;
}

}  // namespace detail

/// Reads one line of console text, without its line end. `line` is only written on kIntact.
constexpr Reading read_line(std::string_view text, Line& line) {
  const bool values = text.starts_with("@S ");
  if (!values && !text.starts_with("@E ")) return Reading::kOther;
  if (text.size() < 3 + detail::kCheckLength) return Reading::kCorrupt;
  const size_t body = text.size() - detail::kCheckLength;
  const std::string_view check(text.data() + body, detail::kCheckLength);
  const auto crc = detail::read_hex8({check.data() + 2, 8});
  const std::string_view covered(text.data(), body);
  if (!check.starts_with(" *") || crc != crc32(covered)) return Reading::kCorrupt;

  std::string_view rest = covered;
  rest.remove_prefix(3);
  Line result{.kind = values ? Line::Kind::kValues : Line::Kind::kEnd};
  result.series = detail::take_word(rest);
  result.unit = detail::take_word(rest);
  const auto number = next_value(rest);
  if (result.series.empty() || result.unit.empty() || !number) return Reading::kCorrupt;
  result.number = *number;
  result.values = rest;
  if (values == rest.empty()) return Reading::kCorrupt;
  while (!rest.empty())
    if (!next_value(rest)) return Reading::kCorrupt;
  line = result;
  return Reading::kIntact;
}

}  // namespace base::samples
