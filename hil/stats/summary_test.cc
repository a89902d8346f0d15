#include "hil/stats/summary.h"

#include <gtest/gtest.h>

#include <numeric>

namespace hil::stats {
namespace {

std::vector<uint32_t> counting(uint32_t first, size_t count) {
  std::vector<uint32_t> values(count);
  std::iota(values.begin(), values.end(), first);
  return values;
}

TEST(Summary, PercentilesAreByNearestRank) {
  const Summary summary = summarize(counting(1, 1000));
  EXPECT_EQ(summary.samples, 1000u);
  EXPECT_EQ(summary.min, 1u);
  EXPECT_EQ(summary.p50, 500u);
  EXPECT_EQ(summary.p99, 990u);
  EXPECT_EQ(summary.max, 1000u);
  EXPECT_DOUBLE_EQ(summary.mean, 500.5);
}

TEST(Summary, OrderDoesNotMatterAndEveryPercentileWasMeasured) {
  const Summary summary = summarize(std::vector<uint32_t>{40, 15, 50, 20, 35});
  EXPECT_EQ(summary.p50, 35u);
  EXPECT_EQ(summary.p99, 50u);
}

TEST(Summary, OneValueIsAllOfThem) {
  const Summary summary = summarize(std::vector<uint32_t>{7});
  EXPECT_EQ(summary.min, 7u);
  EXPECT_EQ(summary.p50, 7u);
  EXPECT_EQ(summary.p99, 7u);
  EXPECT_EQ(summary.max, 7u);
}

TEST(Summary, OfNothingIsZero) {
  EXPECT_EQ(summarize({}).samples, 0u);
}

TEST(Summary, StatisticsHaveTheNamesThatScriptsUse) {
  const Summary summary = summarize(counting(1, 100));
  EXPECT_EQ(statistic(summary, "p99"), 99.0);
  EXPECT_EQ(statistic(summary, "mean"), 50.5);
  EXPECT_FALSE(statistic(summary, "p95"));
}

TEST(Histogram, EveryValueIsInExactlyOneBucket) {
  for (const size_t count : {1u, 2u, 39u, 40u, 41u, 1000u}) {
    const Histogram shape = histogram(counting(100, count), 40);
    EXPECT_LE(shape.counts.size(), 40u);
    EXPECT_EQ(std::accumulate(shape.counts.begin(), shape.counts.end(), size_t{0}), count);
    EXPECT_GT(shape.counts.back(), 0u) << "the last bucket holds the highest value";
  }
}

TEST(Histogram, EqualValuesShareOneBucket) {
  const Histogram shape = histogram(std::vector<uint32_t>(50, 9), 40);
  EXPECT_EQ(shape.counts, std::vector<size_t>{50});
  EXPECT_EQ(shape.low, 9u);
}

TEST(Histogram, TheWholeRangeOfValuesFits) {
  const Histogram shape = histogram(std::vector<uint32_t>{0, 0xffff'ffff}, 40);
  EXPECT_EQ(shape.counts.front(), 1u);
  EXPECT_EQ(shape.counts.back(), 1u);
}

}  // namespace
}  // namespace hil::stats
