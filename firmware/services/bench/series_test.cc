#include "firmware/services/bench/series.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace services::bench {
namespace {

TEST(Arithmetic, OverheadIsTheLeastAndNeverMakesASampleNegative) {
  EXPECT_EQ(least({5, 90}, {7, 20}).cycles, 20u);
  EXPECT_EQ(less({5, 90}, {7, 20}).instructions, 0u);
  EXPECT_EQ(less({5, 90}, {7, 20}).cycles, 70u);
  EXPECT_EQ(half({5, 90}).instructions, 3u);
}

struct MatchTest : testing::Test {
  std::vector<std::pair<uint32_t, uint32_t>> run(std::vector<Look> gaps, std::vector<Look> wakes) {
    auto series = std::make_unique<Series>();
    match(gaps, wakes, 1000, {2, 4}, *series);
    std::vector<std::pair<uint32_t, uint32_t>> samples;
    for (size_t i = 0; i < series->count; ++i)
      samples.emplace_back(series->samples[i].instructions, series->samples[i].cycles);
    return samples;
  }
  using Samples = std::vector<std::pair<uint32_t, uint32_t>>;
};

TEST_F(MatchTest, EachWakeBelongsToTheLastGapBeforeIt) {
  EXPECT_EQ(run({{100, 1000}, {300, 3000}}, {{150, 1100}, {380, 3200}}),
            (Samples{{48, 96}, {78, 196}}));
}

TEST_F(MatchTest, GapsOfOtherInterruptsDoNotShiftTheRest) {
  EXPECT_EQ(run({{50, 500}, {100, 1000}, {200, 2000}, {300, 3000}}, {{150, 1100}, {380, 3200}}),
            (Samples{{48, 96}, {78, 196}}));
}

TEST_F(MatchTest, AWakeWithoutItsGapIsLeftOut) {
  EXPECT_EQ(run({{300, 3000}}, {{150, 1100}, {380, 3200}}), (Samples{{78, 196}}));
  EXPECT_EQ(run({{100, 1000}}, {{150, 1100}, {900, 9000}}), (Samples{{48, 96}}));
  EXPECT_EQ(run({}, {{150, 1100}}), Samples{});
}

TEST_F(MatchTest, CountsMayWrap) {
  EXPECT_EQ(run({{0xffff'fff0, 0xffff'ff00}}, {{0x10, 0x100}}), (Samples{{30, 508}}));
}

TEST(Report, EverySampleArrivesInBothUnitsAndInOrder) {
  auto series = std::make_unique<Series>();
  series->name = "kernel/null_call";
  for (uint32_t i = 0; i < kSamples; ++i) series->add({.instructions = i, .cycles = 1'000'000 + i});
  series->add({.instructions = 9, .cycles = 9});  // one too many

  std::map<std::string, std::vector<uint32_t>> values;
  std::map<std::string, uint32_t> ends;
  report(*series, [&](std::string_view text) {
    ASSERT_EQ(text.back(), '\n');
    text.remove_suffix(1);
    base::samples::Line line;
    ASSERT_EQ(base::samples::read_line(text, line), base::samples::Reading::kIntact) << text;
    const std::string key = std::string(line.series) + " " + std::string(line.unit);
    if (line.kind == base::samples::Line::Kind::kEnd) {
      ends[key] = line.number;
      return;
    }
    EXPECT_EQ(line.number, values[key].size());
    while (auto value = base::samples::next_value(line.values)) values[key].push_back(*value);
  });
  ASSERT_EQ(values.size(), 2u);
  ASSERT_EQ(values["kernel/null_call insn"].size(), kSamples);
  ASSERT_EQ(values["kernel/null_call_cycles cycles"].size(), kSamples);
  EXPECT_EQ(values["kernel/null_call insn"][1023], 1023u);
  EXPECT_EQ(values["kernel/null_call_cycles cycles"][1023], 1'001'023u);
  EXPECT_EQ(ends["kernel/null_call insn"], kSamples);
  EXPECT_EQ(ends["kernel/null_call_cycles cycles"], kSamples);
}

TEST(Report, ASuffixStandsBetweenTheNameAndTheCycles) {
  auto series = std::make_unique<Series>();
  series->name = "kernel/null_call";
  series->suffix = "_cold";
  series->add({1, 2});
  std::vector<std::string> names;
  report(*series, [&](std::string_view text) {
    base::samples::Line line;
    text.remove_suffix(1);
    ASSERT_EQ(base::samples::read_line(text, line), base::samples::Reading::kIntact) << text;
    if (line.kind == base::samples::Line::Kind::kEnd) names.emplace_back(line.series);
  });
  EXPECT_EQ(names,
            (std::vector<std::string>{"kernel/null_call_cold", "kernel/null_call_cold_cycles"}));
}

}  // namespace
}  // namespace services::bench
