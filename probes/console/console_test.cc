#include "probes/console/console.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace probes::console {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

/// A board whose output is planned: each chunk comes when its time has come.
class PlannedSource : public Source {
 public:
  explicit PlannedSource(std::vector<Chunk> plan) : plan_(plan.begin(), plan.end()) {}

  Outcome<Received> receive(BoardTime limit) override {
    if (!plan_.empty() && plan_.front().time <= now_ + limit) {
      now_ = std::max(now_, plan_.front().time);
      Received received{{plan_.front()}, {}};
      plan_.pop_front();
      return received;
    }
    if (plan_.empty() && !stall.empty()) return Received{{}, stall};
    now_ += limit;
    return Received{};
  }
  Outcome<void> send(std::string_view) override { return {}; }
  BoardTime now() const override { return now_; }

  std::string stall;

 private:
  std::deque<Chunk> plan_;
  BoardTime now_{};
};

struct RecordingSink : Sink {
  Outcome<void> bytes(std::string_view b) override { return raw += b, Outcome<void>(); }
  Outcome<void> line(const Line& l) override { return all.push_back(l), Outcome<void>(); }
  std::string raw;
  std::vector<Line> all;
};

auto contains(std::string_view text) {
  return [text](const Line& line) { return line.text.find(text) != std::string::npos; };
}

TEST(Console, LinesAreJoinedFromPiecesAndLoseTheirLineEnds) {
  PlannedSource source({{1ms, "ker"}, {2ms, "nel: up\r\nne"}, {3ms, "xt\r\r\n\rlf-cr\n"}});
  RecordingSink sink;
  Console console(source, &sink);
  EXPECT_EQ(*console.wait(1s, contains("lf-cr")), Wait::kFound);
  ASSERT_EQ(sink.all.size(), 3u);
  EXPECT_EQ(sink.all[0].text, "kernel: up");
  EXPECT_EQ(sink.all[1].text, "next");
  EXPECT_EQ(sink.all[2].text, "lf-cr");
  EXPECT_EQ(sink.raw, "kernel: up\r\nnext\r\r\n\rlf-cr\n");
}

TEST(Console, ALineIsStampedWithItsFirstByte) {
  PlannedSource source({{5ms, "a"}, {9ms, "b\nc\n"}});
  RecordingSink sink;
  Console console(source, &sink);
  EXPECT_EQ(*console.wait(1s, contains("c")), Wait::kFound);
  EXPECT_EQ(sink.all[0].time, BoardTime(5ms));
  EXPECT_EQ(sink.all[1].time, BoardTime(9ms));
  EXPECT_EQ(sink.all[1].offset, 3u);
  EXPECT_EQ(sink.all[1].number, 2u);
}

TEST(Console, EachLineIsOfferedOnceAndTheNextWaitGoesOnBehindTheMatch) {
  PlannedSource source({{1ms, "one\ntwo\none again\n"}});
  Console console(source, nullptr);
  EXPECT_EQ(*console.wait(1s, contains("one")), Wait::kFound);
  EXPECT_EQ(*console.wait(1s, contains("one")), Wait::kFound);
  EXPECT_EQ(*console.wait(1s, contains("two")), Wait::kTimeUp);
}

TEST(Console, APromptCountsOnceTheBoardIsSilent) {
  PlannedSource source({{1ms, "log"}, {2ms, "in: "}});
  Console console(source, nullptr);
  std::vector<std::string> offered;
  EXPECT_EQ(*console.wait(1s,
                          [&](const Line& line) {
                            offered.push_back(line.text);
                            return line.text == "login: ";
                          }),
            Wait::kFound);
  EXPECT_THAT(offered, testing::ElementsAre("login: "));
  EXPECT_LT(console.now(), BoardTime(100ms));
}

TEST(Console, AnUnmatchedPromptStaysPartOfItsLine) {
  PlannedSource source({{1ms, "> "}, {300ms, "done\n"}});
  Console console(source, nullptr);
  EXPECT_EQ(*console.wait(1s, contains("> done")), Wait::kFound);
}

TEST(Console, TimeUpComesAtTheLimitOfBoardTime) {
  PlannedSource source({{2s, "late\n"}});
  Console console(source, nullptr);
  EXPECT_EQ(*console.wait(1s, contains("late")), Wait::kTimeUp);
  EXPECT_EQ(console.now(), BoardTime(1s));
  EXPECT_EQ(*console.wait(2s, contains("late")), Wait::kFound);
}

TEST(Console, AStalledBoardEndsTheWaitAtOnceAndSaysWhy) {
  PlannedSource source({});
  source.stall = "the board is off";
  Console console(source, nullptr);
  EXPECT_EQ(*console.wait(1h, contains("x")), Wait::kStalled);
  EXPECT_EQ(console.stalled(), "the board is off");
}

TEST(Console, AnEndlessLineIsCutAndTheRestKept) {
  PlannedSource source({{1ms, std::string(10000, 'x') + "end\n"}});
  RecordingSink sink;
  Console console(source, &sink);
  EXPECT_EQ(*console.wait(1s, contains("end")), Wait::kFound);
  ASSERT_EQ(sink.all.size(), 3u);
  EXPECT_EQ(sink.all[0].text.size(), 4096u);
  EXPECT_FALSE(sink.all[0].ended);
  EXPECT_TRUE(sink.all[2].ended);
}

TEST(Console, AFloodIsAFailureAndMemoryStaysBounded) {
  std::vector<Chunk> plan;
  for (int i = 0; i < 3000; ++i) plan.push_back({BoardTime(i), std::string(1000, 'y') + "\n"});
  PlannedSource source(plan);
  Console console(source, nullptr, {.total = 2u << 20});
  const auto waited = console.wait(1s, contains("never"));
  ASSERT_FALSE(waited);
  EXPECT_THAT(waited.error().what, HasSubstr("floods: more than 2 MiB"));
  EXPECT_LE(console.recent().size(), 41u);
}

TEST(Console, ADiskFullInTheSinkEndsTheWait) {
  struct FullSink : Sink {
    Outcome<void> bytes(std::string_view) override { return Failure{"disk full"}; }
    Outcome<void> line(const Line&) override { return {}; }
  } sink;
  PlannedSource source({{1ms, "x\n"}});
  Console console(source, &sink);
  EXPECT_EQ(console.wait(1s, contains("x")).error().what, "disk full");
}

TEST(Console, SkipForgetsWhatCameBefore) {
  PlannedSource source({{0ms, "old\nold prompt"}, {5ms, " grows\n"}});
  Console console(source, nullptr);
  ASSERT_TRUE(console.drain());
  console.skip();
  EXPECT_EQ(*console.wait(2ms, contains("old")), Wait::kTimeUp);
}

TEST(Console, RecentQuotesTheLastLinesAndTheUnendedOne) {
  PlannedSource source({{0ms, "a\nb\nprompt"}});
  Console console(source, nullptr);
  ASSERT_TRUE(console.drain());
  ASSERT_EQ(console.recent().size(), 3u);
  EXPECT_EQ(console.recent()[2].text, "prompt");
}

}  // namespace
}  // namespace probes::console
