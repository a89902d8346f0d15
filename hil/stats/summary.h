// Order statistics of a measured series.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hil::stats {

/// Raw values in the order in which they were measured.
struct Series {
  std::string name{};
  std::string unit{};
  std::vector<uint32_t> values{};
};

/// Percentiles are by nearest rank: the smallest value that at least p % of all do not exceed, so
/// each is a value that was measured.
struct Summary {
  size_t samples = 0;
  uint32_t min = 0, p50 = 0, p99 = 0, max = 0;
  double mean = 0;
};

/// Of no values: all zero.
Summary summarize(std::span<const uint32_t> values);

/// The statistic by the name that scripts use: min, p50, p99, max, mean.
std::optional<double> statistic(const Summary& summary, std::string_view name);

/// Equal buckets over [low, high]; bucket i holds values v with low + i*width <= v < low +
/// (i+1)*width.
struct Histogram {
  uint32_t low = 0;
  uint32_t width = 1;
  std::vector<size_t> counts{};
};

/// At most `buckets` buckets that cover every value; one when all are equal.
Histogram histogram(std::span<const uint32_t> values, size_t buckets);

}  // namespace hil::stats
