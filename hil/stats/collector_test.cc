#include "hil/stats/collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/samples.h"

namespace hil::stats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string values(std::string_view series, std::string_view unit, uint32_t first,
                   std::vector<uint32_t> numbers) {
  std::string line(200, '\0');
  line.resize(base::samples::write_values(line, series, unit, first, numbers).characters);
  return line;
}
std::string end(std::string_view series, std::string_view unit, uint32_t count) {
  std::string line(200, '\0');
  line.resize(base::samples::write_end(line, series, unit, count).characters);
  return line;
}

class CollectorTest : public testing::Test {
 protected:
  void accepts(const std::string& line) {
    const auto taken = collector_.take(line);
    ASSERT_TRUE(taken) << taken.error().what;
  }
  std::string refusal(const std::string& line) {
    const auto taken = collector_.take(line);
    return taken ? "accepted" : taken.error().what;
  }
  Collector collector_;
};

TEST_F(CollectorTest, InterleavedSeriesComeOutWhole) {
  accepts(values("a", "insn", 0, {1, 2}));
  accepts(values("b", "cycles", 0, {9}));
  accepts(values("a", "insn", 2, {3}));
  accepts(end("b", "cycles", 1));
  EXPECT_THAT(collector_.unfinished(), ElementsAre("a"));
  accepts(end("a", "insn", 3));
  ASSERT_EQ(collector_.complete().size(), 2u);
  EXPECT_EQ(collector_.complete()[1].name, "a");
  EXPECT_EQ(collector_.complete()[1].unit, "insn");
  EXPECT_THAT(collector_.complete()[1].values, ElementsAre(1, 2, 3));
}

TEST_F(CollectorTest, OtherLinesAreNotSamples) {
  EXPECT_FALSE(*collector_.take("kernel: ready, 5 processes"));
  EXPECT_FALSE(*collector_.take("bench: done"));
}

TEST_F(CollectorTest, ADamagedLineIsQuoted) {
  std::string line = values("a", "insn", 0, {123});
  line[12] ^= 1;
  EXPECT_THAT(refusal(line), HasSubstr("damaged on its way"));
  EXPECT_THAT(refusal("xy@S a insn 0 1 *00000000"), HasSubstr("`xy@S a insn"));
}

TEST_F(CollectorTest, AMissingLineIsSeenAtTheNextOne) {
  accepts(values("a", "insn", 0, {1, 2}));
  EXPECT_THAT(refusal(values("a", "insn", 4, {5})),
              HasSubstr("2 values came, but this line says that there were 4"));
}

TEST_F(CollectorTest, AMissingLastLineIsSeenAtTheEnd) {
  accepts(values("a", "insn", 0, {1, 2}));
  EXPECT_THAT(refusal(end("a", "insn", 4)), HasSubstr("2 values came"));
}

TEST_F(CollectorTest, ARepeatedSeriesIsRefused) {
  accepts(values("a", "insn", 0, {1}));
  accepts(end("a", "insn", 1));
  EXPECT_THAT(refusal(values("a", "insn", 0, {1})), HasSubstr("goes on after its end"));
}

TEST_F(CollectorTest, AChangedUnitIsRefused) {
  accepts(values("a", "insn", 0, {1}));
  EXPECT_THAT(refusal(values("a", "cycles", 1, {1})), HasSubstr("changes its unit"));
}

}  // namespace
}  // namespace hil::stats
