#include "hil/stats/collector.h"

#include <algorithm>

#include "base/samples.h"
#include "probes/console/text.h"

namespace hil::stats {
namespace {

using base::samples::Line;
using base::samples::Reading;
using probes::Failure;

/// More values than any series of ours has: a board that never ends one must not eat our memory.
constexpr size_t kValueLimit = 4'000'000;

std::string quote(std::string_view text) {
  return "`" + probes::console::printable(text.substr(0, 120)) + (text.size() > 120 ? "...`" : "`");
}

}  // namespace

probes::Outcome<bool> Collector::take(std::string_view text) {
  Line line;
  const Reading reading = base::samples::read_line(text, line);
  // A line that lost its beginning, or got something before it, is as damaged as any other.
  const bool inside = reading == Reading::kOther && (text.find("@S ") != std::string_view::npos ||
                                                     text.find("@E ") != std::string_view::npos);
  if (reading == Reading::kCorrupt || inside)
    return Failure{"a sample line was damaged on its way (its check sum is wrong): " + quote(text)};
  if (reading == Reading::kOther) return false;

  const std::string name(line.series);
  if (std::any_of(complete_.begin(), complete_.end(), [&](auto& s) { return s.name == name; }))
    return Failure{"series " + name + " goes on after its end: " + quote(text)};
  Series& series = open_.try_emplace(name, Series{name, std::string(line.unit), {}}).first->second;
  if (series.unit != line.unit)
    return Failure{"series " + name + " changes its unit from " + series.unit + ": " + quote(text)};
  if (line.number != series.values.size())
    return Failure{"series " + name + ": " + std::to_string(series.values.size()) +
                   " values came, but this line says that there were " +
                   std::to_string(line.number) + ": " + quote(text)};
  if (line.kind == Line::Kind::kEnd) {
    complete_.push_back(std::move(series));
    open_.erase(name);
    return true;
  }
  while (const auto value = base::samples::next_value(line.values)) series.values.push_back(*value);
  if (series.values.size() > kValueLimit)
    return Failure{"series " + name + " has more than 4,000,000 values"};
  return true;
}

std::vector<std::string> Collector::unfinished() const {
  std::vector<std::string> names;
  for (const auto& [name, series] : open_) names.push_back(name);
  return names;
}

}  // namespace hil::stats
