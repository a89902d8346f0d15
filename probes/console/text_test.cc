#include "probes/console/text.h"

#include <gtest/gtest.h>

namespace probes::console {
namespace {

TEST(Printable, KeepsUtf8AndEscapesTheRest) {
  EXPECT_EQ(printable("caf\xc3\xa9 \xf0\x9f\x94\x91\tok"), "caf\xc3\xa9 \xf0\x9f\x94\x91\tok");
  EXPECT_EQ(printable(std::string_view("a\0b\x1b[2J\x7f", 8)), "a\\x00b\\x1b[2J\\x7f");
  EXPECT_EQ(printable("\xff\xc0\x80"), "\\xff\\xc0\\x80");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(printable("\xc3"), "\\xc3");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");  // C1: CSI
}

TEST(Base64, IsItsOwnInverseForAllBytes) {
  std::string all;
  for (int i = 0; i < 256; ++i) {
    EXPECT_EQ(from_base64(base64(all)), all);
    all += static_cast<char>(i);
  }
  EXPECT_EQ(base64("ab"), "YWI=");
}

}  // namespace
}  // namespace probes::console
