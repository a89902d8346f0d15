#include "bench/kernel/counts.h"

#include <gtest/gtest.h>

#include "bench/kernel/labels.h"

namespace bench::kernel {
namespace {

TEST(Counts, AWorseOrMissingFigureIsNamedWithBothValues) {
  const nlohmann::json baseline = {
      {"kernel/a_insn", 100}, {"kernel/b_insn", 7}, {"kernel/c_insn", 5}};
  const std::string worse =
      compare({{"kernel/a_insn", 101}, {"kernel/b_insn", 6}, {"kernel/d_insn", 900}}, baseline);
  EXPECT_EQ(worse,
            "kernel/a_insn is 101, the baseline says 100\n"
            "kernel/c_insn is in the baseline and was not measured\n");
}

TEST(Counts, EqualOrBetterFiguresPass) {
  const nlohmann::json baseline = {{"kernel/a_insn", 100}};
  EXPECT_EQ(compare({{"kernel/a_insn", 100}}, baseline), "");
  EXPECT_EQ(compare({{"kernel/a_insn", 99}}, baseline), "");
}

TEST(Counts, TooFewSamplesAreAFailure) {
  const auto report = parse_report(
      "total 5 lost 0\npassage 1 c0001008 1 255 40 1 2 0 0 0 abc\nlongest 40 1 c0001008 1\n");
  ASSERT_TRUE(report);
  const auto figures = figures_of(*report);
  ASSERT_FALSE(figures);
  EXPECT_EQ(figures.error().what, "kernel/null_call_insn has 255 samples, wanted are 256");
}

TEST(Counts, WhatThePluginLostOrMisspelledIsAFailure) {
  EXPECT_FALSE(parse_report("total 5 lost 1\n"));
  EXPECT_FALSE(parse_report("total 5 lost 0\n"));
  EXPECT_FALSE(parse_report("nonsense\n"));
}

TEST(Counts, AnAddressIsNamedAfterTheFunctionBeforeIt) {
  Symbols symbols;
  symbols.by_address = {{0x100, "_ZN6kernel6Kernel8scheduleEPNS_6ThreadE"}, {0x200, "resume"}};
  EXPECT_EQ(symbols.function_at(0x104), "kernel::Kernel::schedule");
  EXPECT_EQ(symbols.function_at(0x300), "resume");
  EXPECT_EQ(symbols.function_at(0x10), "?");
  EXPECT_EQ(describe_path({0x100, 0x104, 0x200, 0x108}, symbols),
            "kernel::Kernel::schedule 3, resume 1");
}

}  // namespace
}  // namespace bench::kernel
