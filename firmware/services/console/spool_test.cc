#include "firmware/services/console/spool.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace services::console {
namespace {

using kernel::abi::Identity;

class SpoolTest : public testing::Test, public ipc::Exchange {
 public:
  ipc::Answer call(const ipc::Message&) override { return {}; }
  ipc::Answer call(const ipc::Message&, ipc::Within) override { return {}; }
  base::Result<void> notify(uint32_t) override { return {}; }
  base::Result<void> reply(kernel::abi::ReplyToken token, const ipc::Answer& answer) override {
    answers[token.bits] = answer.error;
    return {};
  }

  /// Returns the write's number; answered(number) says whether it is through. The text must stay.
  uint32_t write(unsigned client, const std::string& text) {
    spool.write(Identity::make(client, 1), text,
                ipc::Promise<Spool::Write>(ipc::ReplyPort(*this), {++last}));
    return last;
  }
  uint32_t flush(unsigned client) {
    spool.flush(Identity::make(client, 1),
                ipc::Promise<Spool::Flush>(ipc::ReplyPort(*this), {++last}));
    return last;
  }
  bool answered(uint32_t number) const { return answers.contains(number); }
  base::Error answer(uint32_t number) const { return answers.at(number); }

  std::string take(size_t room) {
    std::string out(room, '\0');
    out.resize(spool.take(out));
    return out;
  }
  std::string take_all(size_t step = 100) {
    std::string all;
    for (std::string some; !(some = take(step)).empty();) all += some;
    return all;
  }

  std::optional<Spool> holder{std::in_place};
  Spool& spool = *holder;
  std::map<uint32_t, base::Error> answers;
  uint32_t last = 0;
};

TEST_F(SpoolTest, TextGoesOutWithTerminalLineEnds) {
  EXPECT_TRUE(answered(write(1, "one\ntwo\n")));
  EXPECT_FALSE(spool.empty());
  EXPECT_EQ(take_all(), "one\r\ntwo\r\n");
  EXPECT_TRUE(spool.empty());
}

TEST_F(SpoolTest, ControlCharactersCannotMoveTheCursor) {
  write(1, "a\x1b[2Jb\rc\t\xc3\x9b\n");
  EXPECT_EQ(take_all(), "a?[2Jb?c???\r\n");
}

TEST_F(SpoolTest, ClientsTakeTurnsLineByLine) {
  write(1, "a1\na2\na3\n");
  write(2, "b1\nb2\n");
  spool.write_own(Spool::Own::kKernelLog, "k1\n");
  EXPECT_EQ(take_all(), "k1\r\na1\r\nb1\r\na2\r\nb2\r\na3\r\n");
}

TEST_F(SpoolTest, AReportOfTheKernelStandsInOnePiece) {
  write(1, "a1\na2\n");
  EXPECT_EQ(take(5), "a1\r\n");
  spool.write_own(Spool::Own::kKernelLog, "k1\nk2\nk3\n");
  EXPECT_EQ(take_all(), "k1\r\nk2\r\nk3\r\na2\r\n");
}

TEST_F(SpoolTest, AnUnfinishedLineIsNotMixedWithAnothers) {
  write(1, "pro");
  EXPECT_EQ(take_all(), "pro");
  write(1, "mpt> ");
  EXPECT_EQ(take_all(), "mpt> ");
  write(2, "news\n");
  EXPECT_EQ(take_all(), "\r\nnews\r\n");
  write(1, "x\n");
  EXPECT_EQ(take_all(), "x\r\n");
}

TEST_F(SpoolTest, HowMuchIsTakenAtATimeChangesNothing) {
  const std::string long_line(Spool::kLongestLine + 10, 'x');
  std::string expected;
  for (size_t room : {1000, 2, 3, 7, 32}) {
    holder.emplace();
    write(1, long_line + "\nend\n");
    write(2, "b\nbb\n");
    write(3, "unfinished");
    write(4, "c\n");
    const std::string all = take_all(room);
    if (expected.empty()) expected = all;
    EXPECT_EQ(all, expected) << room;
  }
  EXPECT_NE(expected.find("\r\nxxxxxxxxxx\r\n"), std::string::npos);
}

TEST_F(SpoolTest, AnEndlessLineIsBrokenSoThatOthersGetTheirTurn) {
  const std::string flood(10 * Spool::kLongestLine, 'f');
  write(1, flood);
  write(2, "help\n");
  const std::string all = take_all();
  EXPECT_EQ(all.find("help"), Spool::kLongestLine + 2);
}

TEST_F(SpoolTest, AWriteThatDoesNotFitIsAnsweredWhenItsEndIsQueued) {
  const std::string lines = [] {
    std::string text;
    while (text.size() < Spool::kQueue + 500) text += "a line of the flood\n";
    return text;
  }();
  const uint32_t big = write(1, lines);
  EXPECT_FALSE(answered(big));
  take(200);
  EXPECT_FALSE(answered(big));
  take(400);
  EXPECT_TRUE(answered(big));
  EXPECT_EQ(answer(big).word, 0u);
}

TEST_F(SpoolTest, AFloodHoldsUpTheFlooderAlone) {
  std::string flood;
  while (flood.size() < 8000) flood += "flood\n";
  const uint32_t first = write(1, flood), second = write(1, flood);
  take(40);
  EXPECT_TRUE(answered(write(2, "urgent\n")));
  EXPECT_FALSE(answered(first));
  EXPECT_NE(take(40).find("urgent"), std::string::npos);
  std::string rest = take_all();
  EXPECT_TRUE(answered(first));
  EXPECT_TRUE(answered(second));
}

TEST_F(SpoolTest, WritesOfOneClientKeepTheirOrder) {
  const std::string a(Spool::kQueue, 'a'), b(10, 'b'), c(10, 'c');
  const std::string aa = a + a + "\n";
  write(1, aa);
  write(1, b);
  write(1, c);
  const std::string all = take_all();
  EXPECT_EQ(all.substr(all.size() - 20), b + c);
}

TEST_F(SpoolTest, TooManyWritesAtOnceAreRefusedNotLost) {
  const std::string big(Spool::kQueue + 1, 'x');
  for (size_t i = 0; i < Spool::kWaitingWrites; ++i) EXPECT_FALSE(answered(write(1, big)));
  const uint32_t refused = write(1, big);
  ASSERT_TRUE(answered(refused));
  EXPECT_EQ(answer(refused).code(), base::Code::kBusy);
  const std::string all = take_all();
  EXPECT_EQ(static_cast<size_t>(std::count(all.begin(), all.end(), 'x')),
            Spool::kWaitingWrites * big.size());
}

TEST_F(SpoolTest, ClientsThatComeAndGoDoNotUseUpThePlaces) {
  for (unsigned client = 1; client < 200; ++client) {
    EXPECT_EQ(answer(write(client, "hello\n")).word, 0u);
    take_all();
  }
  for (unsigned client = 1; client <= Spool::kClients; ++client)
    EXPECT_EQ(answer(write(client, "hello\n")).word, 0u) << client;
  EXPECT_EQ(answer(write(250, "hello\n")).code(), base::Code::kBusy);
  take_all();
  EXPECT_EQ(answer(write(250, "hello\n")).word, 0u);
}

TEST_F(SpoolTest, AFlushWaitsForItsClientsTextToReachTheTransmitter) {
  EXPECT_TRUE(answered(flush(1)));
  write(1, "12345678\n");
  const uint32_t mine = flush(1);
  const uint32_t of_another = flush(2);
  EXPECT_TRUE(answered(of_another));
  write(1, "later\n");
  EXPECT_EQ(take(4), "123");  // room is kept for a line end
  spool.sent_all_but(0);
  EXPECT_FALSE(answered(mine));
  EXPECT_EQ(take(8), "45678\r\n");
  spool.sent_all_but(7);
  EXPECT_FALSE(answered(mine));
  spool.sent_all_but(0);
  EXPECT_TRUE(answered(mine));
}

TEST_F(SpoolTest, AFlushIncludesWritesThatStillWait) {
  const std::string big(2 * Spool::kQueue, 'x');
  write(1, big);
  const uint32_t mine = flush(1);
  take(Spool::kQueue);
  spool.sent_all_but(0);
  EXPECT_FALSE(answered(mine));
  take_all();
  spool.sent_all_but(0);
  EXPECT_TRUE(answered(mine));
}

TEST_F(SpoolTest, TooManyFlushesAreRefused) {
  write(1, "text\n");
  for (size_t i = 0; i < Spool::kFlushes; ++i) EXPECT_FALSE(answered(flush(1)));
  EXPECT_EQ(answer(flush(1)).code(), base::Code::kBusy);
  take_all();
  spool.sent_all_but(0);
  EXPECT_TRUE(answered(flush(1)));
}

TEST_F(SpoolTest, TheKernelsLogIsTakenAsFarAsItFits) {
  const std::string log(Spool::kQueue + 100, 'k');
  EXPECT_EQ(spool.write_own(Spool::Own::kKernelLog, log), Spool::kQueue);
  EXPECT_EQ(spool.write_own(Spool::Own::kKernelLog, log), 0u);
  take(102);
  EXPECT_EQ(spool.write_own(Spool::Own::kKernelLog, log), 101u);
}

}  // namespace
}  // namespace services::console
