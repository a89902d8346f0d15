#include "firmware/runtime/text.h"

#include <gtest/gtest.h>

namespace runtime {
namespace {

TEST(Text, NumbersAndTextsFollowEachOther) {
  Text<80> text;
  text << "n " << 0u << " " << uint64_t{18446744073709551615u} << " ";
  text.hex(0x1b0a05) << "\n";
  EXPECT_EQ(text.view(), "n 0 18446744073709551615 0x001b0a05\n");
}

TEST(Text, WhatIsOverIsCutOff) {
  Text<5> text;
  text << "abc" << 123u;
  EXPECT_EQ(text.view(), "abc12");
}

TEST(Text, PaddingIsNoText) {
  EXPECT_EQ(text_of(std::array<char, 5>{'a', 'b', 0, 'c'}), "ab");
  EXPECT_EQ(text_of(std::array<char, 2>{'a', 'b'}), "ab");
  EXPECT_EQ(text_of({}), "");
}

}  // namespace
}  // namespace runtime
