#include "hil/script/quantity.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <span>

#include "hil/script/problem.h"

namespace hil::script {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};
constexpr Unit kTimes[] = {{"ns", 1e3}, {"us", 1e6}, {"ms", 1e9}, {"s", 1e12}, {"min", 60e12}};
constexpr Unit kSizes[] = {{"B", 1}, {"KiB", 1024}, {"MiB", 1024.0 * 1024}, {"GiB", 1073741824.0}};
constexpr Unit kBauds[] = {{"Bd", 1}};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

struct Split {
  double value = 0;
  std::string_view number, unit;
};

Reading<Split> split(std::string_view whole) {
  const std::string_view text = trimmed(whole);
  Split result;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result.value);
  if (error != std::errc() || !std::isfinite(result.value))
    return Misread{ticked(whole) + " is not a number"};
  result.number = text.substr(0, static_cast<size_t>(end - text.data()));
  result.unit = trimmed(text.substr(result.number.size()));
  return result;
}

Reading<double> read_with_unit(std::string_view text, std::span<const Unit> units,
                               std::string_view usual) {
  const Split parts = TRY(split(text));
  const std::string number(parts.number);
  if (parts.unit.empty())
    return Misread{ticked(text) + " has no unit; write `" + number + " " + std::string(usual) +
                   "`"};
  std::vector<std::string_view> names;
  for (const Unit& unit : units) {
    names.push_back(unit.name);
    if (unit.name != parts.unit) continue;
    if (parts.value < 0) return Misread{ticked(text) + " is negative"};
    const double value = parts.value * unit.factor;
    if (value > 9e18) return Misread{ticked(text) + " is too large"};
    return value;
  }
  return Misread{ticked(parts.unit) + " is not a unit known here" + suggestion(parts.unit, names)};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Reading<probes::BoardTime> read_duration(std::string_view text) {
  return probes::BoardTime(std::llround(TRY(read_with_unit(text, kTimes, "s"))));
}

Reading<uint64_t> read_size(std::string_view text) {
  return static_cast<uint64_t>(std::llround(TRY(read_with_unit(text, kSizes, "B"))));
}

Reading<uint64_t> read_baud(std::string_view text) {
  return static_cast<uint64_t>(std::llround(TRY(read_with_unit(text, kBauds, "Bd"))));
}

Reading<uint64_t> read_integer(std::string_view whole, uint64_t highest) {
  std::string digits;
  for (const char c : trimmed(whole))
    if (c != '_') digits += c;
  const bool hex = digits.starts_with("0x") || digits.starts_with("0X");
  const char* begin = digits.data() + (hex ? 2 : 0);
  const char* limit = digits.data() + digits.size();
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(begin, limit, value, hex ? 16 : 10);
  if (begin == limit || end != limit || error == std::errc::invalid_argument)
    return Misread{ticked(whole) + " is not a whole number; write for example `16` or `0x10`"};
  if (error != std::errc() || value > highest)
    return Misread{ticked(whole) + " is too large; the highest value here is " +
                   std::to_string(highest)};
  return value;
}

Reading<Quantity> read_quantity(std::string_view text) {
  const Split parts = TRY(split(text));
  return Quantity{parts.value, std::string(parts.unit)};
}

Reading<std::string> read_escapes(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      result += text[i];
      continue;
    }
    const char next = i + 1 < text.size() ? text[++i] : '\0';
    constexpr std::string_view kFrom = "nrt0e\\", kTo{"\n\r\t\0\x1b\\", 6};
    if (const size_t at = kFrom.find(next); next != '\0' && at != std::string_view::npos) {
      result += kTo[at];
    } else if (next == 'x' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
               hex_digit(text[i + 2]) >= 0) {
      result += static_cast<char>(hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2]));
      i += 2;
    } else {
      return Misread{
          "`\\" + std::string(next ? 1 : 0, next) +
          "` is no escape; known are \\n \\r \\t \\0 \\e \\xHH, and \\\\ for a backslash"};
    }
  }
  return result;
}

std::string write_duration(probes::BoardTime time) {
  const double ps = static_cast<double>(time.count());
  const Unit* unit = &kTimes[0];
  for (const Unit& candidate : std::span(kTimes).first(4))
    if (std::abs(ps) >= candidate.factor) unit = &candidate;
  char text[64];
  snprintf(text, sizeof text, "%.6g %s", ps / unit->factor, unit->name.data());
  return text;
}

std::string write_size(uint64_t bytes) {
  const Unit* unit = &kSizes[0];
  for (const Unit& candidate : kSizes)
    if (static_cast<double>(bytes) >= candidate.factor) unit = &candidate;
  char text[64];
  snprintf(text, sizeof text, "%.6g %s", static_cast<double>(bytes) / unit->factor,
           unit->name.data());
  return text;
}

}  // namespace hil::script
