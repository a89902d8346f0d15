// The test that explores one shape to its end.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "kernel/test/model/explorer.h"

namespace kernel::model {

class Explore : public testing::TestWithParam<Shape> {};

TEST_P(Explore, FindsNothingWrongInAnyState) {
  const Shape shape = GetParam();
  const Exploration found = explore(Rules(shape), 40'000'000);
  EXPECT_EQ(found.wrong, "");
  EXPECT_TRUE(found.complete);
  EXPECT_GT(found.states, 1000u);
  std::printf(
      "%s: %llu states, %llu steps, depth %llu; in %llu states clients wait for each other\n",
      shape.name.data(), static_cast<unsigned long long>(found.states),
      static_cast<unsigned long long>(found.steps), static_cast<unsigned long long>(found.depth),
      static_cast<unsigned long long>(found.deadlocks));
}

inline std::string shape_name(const testing::TestParamInfo<Shape>& info) {
  return std::string(info.param.name);
}

}  // namespace kernel::model
