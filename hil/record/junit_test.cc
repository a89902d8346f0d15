#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hil/record/sample_results.h"

namespace hil::record {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Junit, FailureIsTheProductsAndErrorTheBenchs) {
  const std::string xml = junit_xml(sample_results());
  EXPECT_THAT(xml, HasSubstr("tests=\"6\" failures=\"1\" errors=\"2\" skipped=\"2\""));
  EXPECT_THAT(xml, HasSubstr("<failure type=\"product\" message=\"because\">"));
  EXPECT_THAT(xml, HasSubstr("<error type=\"bench\""));
  EXPECT_THAT(xml, HasSubstr("<error type=\"interrupted\""));
  EXPECT_THAT(xml, HasSubstr("<skipped message="));
}

TEST(Junit, MarkupAndControlBytesCannotBreakTheFile) {
  const std::string xml = junit_xml(sample_results());
  EXPECT_THAT(xml, HasSubstr("classname=\"smoke &lt;all&gt;\""));
  EXPECT_THAT(xml, HasSubstr("step &quot;passed&quot;"));
  EXPECT_THAT(xml, HasSubstr("\\x1b[31m&amp; &lt;this&gt; \\xff"));
  for (const char c : xml)
    EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << static_cast<int>(c);
}

TEST(Junit, NumbersAreProperties) {
  const std::string xml = junit_xml(sample_results());
  EXPECT_THAT(xml, HasSubstr("<property name=\"waited [s]\" value=\"0.5\"/>"));
  EXPECT_THAT(xml, HasSubstr("<property name=\"kernel/null_call/p99 [insn]\" value=\"5\"/>"));
  EXPECT_THAT(xml, HasSubstr("time=\"1.250\""));
}

}  // namespace
}  // namespace hil::record
