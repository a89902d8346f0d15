#include "hil/stats/summary.h"

#include <algorithm>
#include <numeric>

namespace hil::stats {
namespace {

uint32_t nearest_rank(const std::vector<uint32_t>& sorted, size_t percent) {
  const size_t rank = (percent * sorted.size() + 99) / 100;  // rounded up, from 1
  return sorted[std::max<size_t>(rank, 1) - 1];
}

}  // namespace

Summary summarize(std::span<const uint32_t> values) {
  if (values.empty()) return {};
  std::vector<uint32_t> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const double sum = std::accumulate(sorted.begin(), sorted.end(), 0.0);
  return {.samples = sorted.size(),
          .min = sorted.front(),
          .p50 = nearest_rank(sorted, 50),
          .p99 = nearest_rank(sorted, 99),
          .max = sorted.back(),
          .mean = sum / static_cast<double>(sorted.size())};
}

std::optional<double> statistic(const Summary& summary, std::string_view name) {
  if (name == "min") return summary.min;
  if (name == "p50") return summary.p50;
  if (name == "p99") return summary.p99;
  if (name == "max") return summary.max;
  if (name == "mean") return summary.mean;
  return std::nullopt;
}

Histogram histogram(std::span<const uint32_t> values, size_t buckets) {
  if (values.empty() || buckets == 0) return {};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const uint64_t range = uint64_t{*high} - *low + 1;
  const uint64_t width = (range + buckets - 1) / buckets;
  Histogram result{.low = *low, .width = static_cast<uint32_t>(width)};
  result.counts.resize((range + width - 1) / width);
  for (const uint32_t value : values) ++result.counts[(value - *low) / width];
  return result;
}

}  // namespace hil::stats
