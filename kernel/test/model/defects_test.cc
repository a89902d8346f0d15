// Proof that the exploration would find mistakes: each of many, put into the rules, is found.
#include <gtest/gtest.h>

#include <cstdio>

#include "kernel/test/model/explorer.h"
#include "kernel/test/model/shapes.h"

namespace kernel::model {
namespace {

class Defects : public testing::TestWithParam<unsigned> {};

TEST_P(Defects, AreFound) {
  const auto defect = static_cast<Defect>(GetParam());
  std::string found;
  const bool of_messages = defect >= Defect::kFirstOfMessages;
  for (const Shape& shape : of_messages ? message_shapes() : small_shapes()) {
    const Exploration result = explore(Rules(shape, defect), 300'000);
    if (result.wrong.empty()) continue;
    found = result.wrong.substr(0, result.wrong.find('\n'));
    found += " (" + std::string(shape.name) + ", " + std::to_string(result.states) + " states)";
    break;
  }
  EXPECT_NE(found, "") << name_of(defect);
  std::printf("%s: %s\n", std::string(name_of(defect)).c_str(), found.c_str());
}
INSTANTIATE_TEST_SUITE_P(All, Defects, testing::Range(1u, static_cast<unsigned>(Defect::kCount)));

}  // namespace
}  // namespace kernel::model
