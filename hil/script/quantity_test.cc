#include "hil/script/quantity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hil::script {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

template <class T>
std::string refusal(Reading<T> reading) {
  return reading ? "accepted" : reading.error().what;
}

TEST(Quantity, DurationsCarryTheirUnit) {
  EXPECT_EQ(*read_duration("5 s"), 5s);
  EXPECT_EQ(*read_duration("200ms"), 200ms);
  EXPECT_EQ(*read_duration("1.5 min"), 90s);
  EXPECT_EQ(*read_duration("10 us"), 10us);
  EXPECT_EQ(*read_duration("1 ns"), 1ns);
}

TEST(Quantity, AMissingUnitIsShown) {
  EXPECT_THAT(refusal(read_duration("5")), HasSubstr("`5` has no unit; write `5 s`"));
  EXPECT_THAT(refusal(read_size("64")), HasSubstr("write `64 B`"));
}

TEST(Quantity, AWrongUnitGetsTheNearest) {
  EXPECT_THAT(refusal(read_duration("5 sec")), HasSubstr("`sec` is not a unit known here"));
  EXPECT_THAT(refusal(read_size("4 Mib")), HasSubstr("did you mean `MiB`?"));
  EXPECT_THAT(refusal(read_size("64 kB")), HasSubstr("unit known here"));
}

TEST(Quantity, NonsenseIsRefused) {
  for (const char* text : {"", "s", "five s", "-1 s", "1e30 s", "nan s", "inf s", "0x10 s"})
    EXPECT_NE(refusal(read_duration(text)), "accepted") << text;
}

TEST(Quantity, SizesAreBinary) {
  EXPECT_EQ(*read_size("64 KiB"), 65536u);
  EXPECT_EQ(*read_size("1.5 GiB"), 1610612736u);
}

TEST(Quantity, IntegersMayBeHexadecimalAndGrouped) {
  EXPECT_EQ(*read_integer("0x2000_0000", 0xffff'ffff), 0x2000'0000u);
  EXPECT_EQ(*read_integer("42", 100), 42u);
  EXPECT_THAT(refusal(read_integer("0x1_0000_0000", 0xffff'ffff)), HasSubstr("too large"));
  EXPECT_THAT(refusal(read_integer("99999999999999999999", UINT64_MAX)), HasSubstr("too large"));
  for (const char* text : {"", "0x", "-1", "1.5", "ten", "1 s"})
    EXPECT_THAT(refusal(read_integer(text, 100)), HasSubstr("not a whole number")) << text;
}

TEST(Quantity, EscapesStandForBytes) {
  EXPECT_EQ(*read_escapes("a\\n\\r\\t\\x1b\\\\\\e"), "a\n\r\t\x1b\\\x1b");
  EXPECT_EQ(*read_escapes("\\0"), std::string(1, '\0'));
  EXPECT_THAT(refusal(read_escapes("\\q")), HasSubstr("`\\q` is no escape"));
  EXPECT_NE(refusal(read_escapes("end\\")), "accepted");
  EXPECT_NE(refusal(read_escapes("\\x1")), "accepted");
}

TEST(Quantity, WrittenQuantitiesReadBack) {
  for (const auto time :
       {probes::BoardTime(1500ms), probes::BoardTime(20us), probes::BoardTime(1h)})
    EXPECT_EQ(*read_duration(write_duration(time)), time);
  EXPECT_EQ(write_size(64 << 20), "64 MiB");
}

}  // namespace
}  // namespace hil::script
