#include "firmware/services/console/line_input.h"

#include <gtest/gtest.h>

#include <string>

namespace services::console {
namespace {

struct LineInputTest : testing::Test {
  std::string type(std::string_view keys) {
    std::string shown;
    for (char c : keys) shown += input.type(c);
    return shown;
  }
  std::string take() {
    const LineInput::Line* line = input.oldest();
    if (line == nullptr) return "(none)";
    const std::string text(line->view());
    input.drop_oldest();
    return text;
  }
  LineInput input;
};

TEST_F(LineInputTest, ALineIsShownAsTypedAndKept) {
  EXPECT_EQ(type("ping"), "ping");
  EXPECT_EQ(take(), "(none)");
  EXPECT_EQ(type("\r"), "\n");
  EXPECT_EQ(take(), "ping");
}

TEST_F(LineInputTest, AnyLineEndEndsOneLine) {
  type("a\rb\nc\r\nd\n\re\n");
  for (const char* line : {"a", "b", "c", "d", "e", "(none)"}) EXPECT_EQ(take(), line);
}

TEST_F(LineInputTest, ErasingStopsAtTheStart) {
  EXPECT_EQ(type("ab\x7f\x08\x08z\n"), "ab\b \b\b \bz\n");
  EXPECT_EQ(take(), "z");
}

TEST_F(LineInputTest, ControlCharactersAndHighBytesAreNotText) {
  EXPECT_EQ(type(std::string_view("a\x1b\x00\xffz\n", 6)), "az\n");
  EXPECT_EQ(take(), "az");
}

TEST_F(LineInputTest, WhatIsOverTheLimitRings) {
  EXPECT_EQ(type(std::string(LineInput::kMaxLine + 2, 'x')),
            std::string(LineInput::kMaxLine, 'x') + "\a\a");
  type("\n");
  EXPECT_EQ(take().size(), LineInput::kMaxLine);
}

TEST_F(LineInputTest, LinesThatNobodyReadsAreBoundedAndTheTypistIsTold) {
  for (size_t i = 0; i < LineInput::kLines; ++i) type(std::to_string(i) + "\n");
  EXPECT_EQ(type("x\n"), "x\nconsole: nobody reads, line dropped\n");
  for (size_t i = 0; i < LineInput::kLines; ++i) EXPECT_EQ(take(), std::to_string(i));
  EXPECT_EQ(take(), "(none)");
}

}  // namespace
}  // namespace services::console
