// A kernel's trace as lines of text, from a device's console to the rig. Both sides include this.
//
//   @N thread <index> <pid> <name> *<crc32>     a thread, by its process's name
//   @N service <id> <pid> <name> *<crc32>       a service and who serves it (pid 0: nobody)
//   @T <first index> <event> <event> ... *<crc32>   some events, in order
//   @Z <events> <lost> *<crc32>                 all there is; so many older ones were overwritten
//
// An event is 32 lower-case hex digits: time in nanoseconds (16), value (8), thread (4), kind (2),
// detail (2); kernel/abi/trace.h says what they mean. The rest is as in base/samples.h: fields are
// separated by one space, numbers are decimal, the CRC covers what stands before " *", and a
// receiver checks it, the index of every line and the final count.
#pragma once

#include <array>

#include "base/samples.h"

namespace base::trace_lines {

/// As the kernel's TraceEvent, which this file must not know.
struct Event {
  uint64_t time_ns = 0;
  uint32_t value = 0;
  uint16_t thread = 0;
  uint8_t kind = 0;
  uint8_t detail = 0;
  friend constexpr bool operator==(const Event&, const Event&) = default;
};

enum class Named { kThread, kService };

namespace detail {

inline constexpr size_t kEventLength = 32;

using samples::detail::Writer;

constexpr bool put_hex(Writer& writer, uint64_t value, unsigned digits) {
  std::array<char, 16> text{};
  for (unsigned i = 0; i < digits; ++i)
    text[i] = "0123456789abcdef"[value >> 4 * (digits - 1 - i) & 15];
  return writer.put({text.data(), digits});
}

constexpr std::optional<uint64_t> read_hex(std::string_view& text, unsigned digits) {
  if (text.size() < digits) return std::nullopt;
  uint64_t value = 0;
  for (unsigned i = 0; i < digits; ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      value = value << 4 | static_cast<uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value = value << 4 | static_cast<uint64_t>(c - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  text.remove_prefix(digits);
  return value;
}

}  // namespace detail

/// What was put into a buffer: how many characters, without a newline, and how many events.
using Written = samples::Written;

/// Writes a @T line with as many events as fit. Nothing when not even one does, or there are none.
constexpr Written write_events(std::span<char> out, uint32_t first, std::span<const Event> events) {
  using samples::detail::kCheckLength;
  detail::Writer writer(out);
  if (!writer.put("@T") || !writer.put_number(first, kCheckLength)) return {};
  size_t count = 0;
  for (const Event& event : events) {
    if (!writer.fits(1 + detail::kEventLength + kCheckLength)) break;
    (void)writer.put(" ");
    (void)detail::put_hex(writer, event.time_ns, 16);
    (void)detail::put_hex(writer, event.value, 8);
    (void)detail::put_hex(writer, event.thread, 4);
    (void)detail::put_hex(writer, event.kind, 2);
    (void)detail::put_hex(writer, event.detail, 2);
    ++count;
  }
  if (count == 0 || !writer.put_check()) return {};
  return {.characters = writer.used(), .values = count};
}

/// Writes a @N line. `name` is printable and holds no space. 0 characters when it does not fit.
constexpr Written write_name(std::span<char> out, Named what, uint32_t index, uint32_t pid,
                             std::string_view name) {
  using samples::detail::kCheckLength;
  detail::Writer writer(out);
  if (name.empty() || !writer.put(what == Named::kThread ? "@N thread" : "@N service") ||
      !writer.put_number(index, kCheckLength) || !writer.put_number(pid, kCheckLength) ||
      !writer.put(" ") || !writer.put(name) || !writer.put_check())
    return {};
  return {.characters = writer.used()};
}

/// Writes the @Z line. 0 characters when it does not fit.
constexpr Written write_end(std::span<char> out, uint32_t events, uint32_t lost) {
  using samples::detail::kCheckLength;
  detail::Writer writer(out);
  if (!writer.put("@Z") || !writer.put_number(events, kCheckLength) ||
      !writer.put_number(lost, kCheckLength) || !writer.put_check())
    return {};
  return {.characters = writer.used()};
}

/// One intact line. The views point into the text that was read.
struct Line {
  enum class Kind { kEvents, kName, kEnd };
  Kind kind = Kind::kEnd;
  uint32_t number = 0;  ///< @T: index of the first event; @N: index; @Z: how many events
  uint32_t other = 0;   ///< @N: pid; @Z: lost
  Named what = Named::kThread;
  std::string_view rest{};  ///< @N: the name; @T: for next_event()
};

using samples::Reading;

/// Takes the next event off `text`. Empty at its end; those of a Line with Reading::kIntact are all
/// well formed.
constexpr std::optional<Event> next_event(std::string_view& text) {
  if (text.starts_with(' ')) text.remove_prefix(1);
  if (text.size() > detail::kEventLength && text[detail::kEventLength] != ' ') return std::nullopt;
  const auto time = detail::read_hex(text, 16);
  const auto value = detail::read_hex(text, 8);
  const auto thread = detail::read_hex(text, 4);
  const auto kind = detail::read_hex(text, 2);
  const auto other = detail::read_hex(text, 2);
  if (!time || !value || !thread || !kind || !other) return std::nullopt;
  return Event{.time_ns = *time,
               .value = static_cast<uint32_t>(*value),
               .thread = static_cast<uint16_t>(*thread),
               .kind = static_cast<uint8_t>(*kind),
               .detail = static_cast<uint8_t>(*other)};
}

/// Reads one line of console text, without its line end. `line` is only written on kIntact.
constexpr Reading read_line(std::string_view text, Line& line) {
  using samples::detail::kCheckLength;
  const bool events = text.starts_with("@T "), name = text.starts_with("@N ");
  if (!events && !name && !text.starts_with("@Z ")) return Reading::kOther;
  if (text.size() < 3 + kCheckLength) return Reading::kCorrupt;
  const std::string_view covered(text.data(), text.size() - kCheckLength);
  const std::string_view check(text.data() + covered.size(), kCheckLength);
  if (!check.starts_with(" *") ||
      samples::detail::read_hex8({check.data() + 2, 8}) != crc32(covered))
    return Reading::kCorrupt;

  std::string_view rest = covered;
  rest.remove_prefix(3);
  Line result{.kind = events ? Line::Kind::kEvents : name ? Line::Kind::kName : Line::Kind::kEnd};
  if (name) {
    const std::string_view what = samples::detail::take_word(rest);
    if (what != "thread" && what != "service") return Reading::kCorrupt;
    result.what = what == "thread" ? Named::kThread : Named::kService;
  }
  const auto number = samples::next_value(rest);
  if (!number) return Reading::kCorrupt;
  result.number = *number;
  if (!events) {
    const auto other = samples::next_value(rest);
    if (!other) return Reading::kCorrupt;
    result.other = *other;
  }
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  if (rest.empty() != (result.kind == Line::Kind::kEnd)) return Reading::kCorrupt;
  result.rest = rest;
  if (name && rest.find(' ') != rest.npos) return Reading::kCorrupt;
  while (events && !rest.empty())
    if (!next_event(rest)) return Reading::kCorrupt;
  line = result;
  return Reading::kIntact;
}

}  // namespace base::trace_lines
