#include "firmware/runtime/time.h"

#include <gtest/gtest.h>

namespace runtime {
namespace {

uint64_t whole(Halves halves) {
  return uint64_t{halves.high} << 32 | halves.low;
}

TEST(Time, BecomesNanosecondsInTwoWords) {
  EXPECT_EQ(whole(nanoseconds(base::Duration(0))), 0u);
  EXPECT_EQ(whole(nanoseconds(base::Duration(-7))), 0u);
  EXPECT_EQ(whole(nanoseconds(base::Duration(1))), 1000u);
  EXPECT_EQ(whole(nanoseconds(std::chrono::seconds(5))), 5'000'000'000u);
}

TEST(Time, WhatIsTooLongIsForEverAndNeverWrapsToAShortTime) {
  EXPECT_EQ(whole(nanoseconds(kForEver)), ~uint64_t{0});
  EXPECT_EQ(whole(nanoseconds(base::Duration(int64_t{1} << 60))), ~uint64_t{0});
  EXPECT_EQ(whole(nanoseconds(std::chrono::hours(24 * 365 * 500))), 15'768'000'000'000'000'000u);
}

}  // namespace
}  // namespace runtime
