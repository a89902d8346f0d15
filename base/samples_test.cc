#include "base/samples.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace base::samples {
namespace {

std::string values_line(size_t room, uint32_t first, std::vector<uint32_t> values) {
  std::string line(room, '\0');
  line.resize(write_values(line, "kernel/null_call", kInstructions, first, values).characters);
  return line;
}

TEST(Samples, ALineReadsBackAsItWasWritten) {
  const std::string text = values_line(200, 40, {7, 0, 4294967295u});
  EXPECT_EQ(text.substr(0, text.size() - 9), "@S kernel/null_call insn 40 7 0 4294967295 ");

  Line line;
  ASSERT_EQ(read_line(text, line), Reading::kIntact);
  EXPECT_EQ(line.kind, Line::Kind::kValues);
  EXPECT_EQ(line.series, "kernel/null_call");
  EXPECT_EQ(line.unit, "insn");
  EXPECT_EQ(line.number, 40u);
  std::vector<uint32_t> values;
  while (auto value = next_value(line.values)) values.push_back(*value);
  EXPECT_EQ(values, (std::vector<uint32_t>{7, 0, 4294967295u}));
}

TEST(Samples, TheEndLineCarriesTheCount) {
  std::array<char, 100> out;
  const Written written = write_end(out, "kernel/lend_page_cycles", kCycles, 1000);
  Line line;
  ASSERT_EQ(read_line({out.data(), written.characters}, line), Reading::kIntact);
  EXPECT_EQ(line.kind, Line::Kind::kEnd);
  EXPECT_EQ(line.series, "kernel/lend_page_cycles");
  EXPECT_EQ(line.number, 1000u);
}

TEST(Samples, ALineTakesOnlyWhatFitsAndSaysHowMany) {
  std::vector<uint32_t> values(100, 123456);
  std::string out(120, '\0');
  const Written written = write_values(out, "a", "b", 0, values);
  EXPECT_LE(written.characters, out.size());
  EXPECT_EQ(written.values, (120 - std::string("@S a b 0 *01234567").size()) / 7);
  Line line;
  EXPECT_EQ(read_line({out.data(), written.characters}, line), Reading::kIntact);
}

TEST(Samples, NoRoomForOneValueWritesNothing) {
  const std::array<uint32_t, 1> value{12345};
  for (size_t room = 0; room < 40; ++room) {
    std::string out(room, '\0');
    EXPECT_EQ(write_values(out, "kernel/null_call", "insn", 0, value).characters, 0u) << room;
  }
}

TEST(Samples, EveryDamagedByteIsSeen) {
  const std::string good = values_line(200, 3, {11, 22, 33});
  Line line;
  for (size_t at = 3; at < good.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ 1 << bit);
      EXPECT_EQ(read_line(bad, line), Reading::kCorrupt) << bad;
    }
  for (size_t length = 3; length < good.size(); ++length)
    EXPECT_EQ(read_line(good.substr(0, length), line), Reading::kCorrupt) << length;
}

TEST(Samples, WellCheckedNonsenseIsStillRefused) {
  for (std::string body : {"@S a b", "@S a b 1", "@S a b x 1", "@S  b 1 2", "@S a b 1 2x",
                           "@S a b 1 4294967296", "@E a b 1 2", "@E a b"}) {
    char check[11];
    snprintf(check, sizeof check, " *%08x", crc32(body));
    Line line;
    EXPECT_EQ(read_line(body + check, line), Reading::kCorrupt) << body;
  }
}

TEST(Samples, OtherLinesAreLeftAlone) {
  Line line;
  EXPECT_EQ(read_line("kernel: ready, 5 processes", line), Reading::kOther);
  EXPECT_EQ(read_line("", line), Reading::kOther);
  EXPECT_EQ(read_line("@Sx", line), Reading::kOther);
}

TEST(Crc32, MatchesThePublishedCheckValue) {
  EXPECT_EQ(crc32("123456789"), 0xcbf43926u);
  EXPECT_EQ(crc32(""), 0u);
}

}  // namespace
}  // namespace base::samples
