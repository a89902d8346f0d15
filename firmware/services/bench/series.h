// The arithmetic of the timing suite, apart from the machine it runs on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/samples.h"
#include "firmware/interfaces/echo.h"

namespace services::bench {

inline constexpr size_t kSamples = 1024;  ///< of every series, after the warm-up
inline constexpr size_t kWarmUp = 128;
/// The same of the cold series, which take long: a sample needs all caches emptied before it.
inline constexpr size_t kColdSamples = 128;
inline constexpr size_t kColdWarmUp = 8;

/// Differences of the two counters.
struct Sample {
  uint32_t instructions = 0;
  uint32_t cycles = 0;
};

/// What was measured of one thing. Of static storage: it is large.
struct Series {
  std::string_view name{};
  std::array<Sample, kSamples> samples{};
  size_t count = 0;
  std::string_view suffix{};  ///< behind the name in reports: "_cold"

  /// What has no room is not kept.
  void add(Sample sample) {
    if (count < kSamples) samples[count++] = sample;
  }
};

/// The smaller of both, member by member: the overhead is the least that measuring nothing took.
constexpr Sample least(Sample a, Sample b) {
  return {.instructions = a.instructions < b.instructions ? a.instructions : b.instructions,
          .cycles = a.cycles < b.cycles ? a.cycles : b.cycles};
}
/// `a` less `b`, not below 0.
constexpr Sample less(Sample a, Sample b) {
  return {.instructions =
              a.instructions - (a.instructions < b.instructions ? a.instructions : b.instructions),
          .cycles = a.cycles - (a.cycles < b.cycles ? a.cycles : b.cycles)};
}
/// Half of it, rounded up.
constexpr Sample half(Sample a) {
  return {.instructions = a.instructions / 2 + a.instructions % 2,
          .cycles = a.cycles / 2 + a.cycles % 2};
}

/// Where a thread woke: the counters at its first look.
using Look = interfaces::Echo::Gap;

/// For each of `wakes`, how long before it the watcher had last looked: the note in `gaps` with the
/// nearest earlier cycle count. A wake without such a note within `limit` cycles is left out. Both
/// lists are in order of time; counts wrap.
void match(std::span<const Look> gaps, std::span<const Look> wakes, uint32_t limit, Sample overhead,
           Series& out);

/// Gives `print` the lines of the series, first in retired instructions under its name and suffix,
/// then in cycles under these with _cycles behind; base/samples.h has the format.
template <class Print>
void report(const Series& series, Print print) {
  constexpr size_t kLongestName = 60;
  std::array<char, kLongestName> whole_name{};
  size_t length = 0, short_length = 0;
  for (std::string_view part : {series.name, series.suffix, std::string_view("_cycles")}) {
    short_length = length;
    for (char c : part)
      if (length < kLongestName) whole_name[length++] = c;
  }

  std::array<char, 240> line{};
  std::array<uint32_t, 64> values{};
  for (const bool in_cycles : {false, true}) {
    const std::string_view name(whole_name.data(), in_cycles ? length : short_length);
    const std::string_view unit = in_cycles ? base::samples::kCycles : base::samples::kInstructions;
    for (size_t done = 0; done < series.count;) {
      size_t some = 0;
      for (; some < values.size() && done + some < series.count; ++some) {
        const Sample& sample = series.samples[done + some];
        values[some] = in_cycles ? sample.cycles : sample.instructions;
      }
      const auto written =
          base::samples::write_values(std::span(line).first(line.size() - 1), name, unit,
                                      static_cast<uint32_t>(done), std::span(values).first(some));
      line[written.characters] = '\n';
      print(std::string_view(line.data(), written.characters + 1));
      done += written.values;
    }
    const auto end = base::samples::write_end(std::span(line).first(line.size() - 1), name, unit,
                                              static_cast<uint32_t>(series.count));
    line[end.characters] = '\n';
    print(std::string_view(line.data(), end.characters + 1));
  }
}

}  // namespace services::bench
