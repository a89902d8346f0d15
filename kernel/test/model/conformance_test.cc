// The real kernel does what the model says: random traces of both, compared after every step.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "kernel/test/model/replay.h"
#include "kernel/test/model/shapes.h"

namespace kernel::model {
namespace {

constexpr unsigned kSteps = 60;

/// TOUCHSTONE_TRACES, or a number that is good for every test run.
unsigned traces() {
  const char* text = std::getenv("TOUCHSTONE_TRACES");
  return text ? static_cast<unsigned>(std::atoi(text)) : 200;
}

class Conformance : public testing::TestWithParam<Shape> {};

TEST_P(Conformance, OfTheKernelToTheModel) {
  unsigned long steps = 0, pieces = 0, deaths = 0, starts = 0, ghosts = 0, time_outs = 0;
  unsigned long messages = 0, moves = 0, events = 0;
  for (uint32_t seed = 1; seed <= traces(); ++seed) {
    Replay replay(GetParam(), seed);
    std::string history;
    for (unsigned i = 0; i < kSteps; ++i, ++steps) {
      const std::string difference = replay.step();
      history += "\n  " + replay.last();
      ASSERT_EQ(difference, "") << "seed " << seed << history;
    }
    pieces += replay.worker_pieces;
    deaths += replay.deaths;
    starts += replay.starts;
    ghosts += replay.ghosts_answered;
    time_outs += replay.time_outs;
    messages += replay.messages;
    moves += replay.moves;
    events += replay.events;
  }
  std::printf(
      "%s: %u traces, %lu steps: %lu time-outs, %lu deaths, %lu starts, %lu ghosts answered,"
      " %lu pieces of work; %lu messages, %lu with pages, %lu deliveries of events\n",
      GetParam().name.data(), traces(), steps, time_outs, deaths, starts, ghosts, pieces, messages,
      moves, events);
  if (GetParam().deadlines) EXPECT_GT(time_outs, 100u);
  if (GetParam().messages != 0) EXPECT_GT(messages, 50u);
  if (GetParam().moves) EXPECT_GT(moves, 30u);
  if (GetParam().events) EXPECT_GT(events, 50u);
  EXPECT_GT(deaths, 100u);
  EXPECT_GT(starts, 30u);
  EXPECT_GT(pieces, 100u);
}

std::vector<Shape> all_shapes() {
  std::vector<Shape> result = small_shapes();
  for (const Shape& shape : message_shapes()) result.push_back(shape);
  for (const Shape& shape : large_shapes()) result.push_back(shape);
  return result;
}
INSTANTIATE_TEST_SUITE_P(Shapes, Conformance, testing::ValuesIn(all_shapes()),
                         [](const auto& info) { return std::string(info.param.name); });

bool differs(Defect defect, const Shape& shape) {
  for (uint32_t seed = 1; seed <= 400; ++seed) {
    Replay replay(shape, seed, defect);
    for (unsigned i = 0; i < kSteps; ++i) {
      if (!replay.step().empty()) return true;
    }
  }
  return false;
}

/// Proof that the comparison sees something: next to a wrong model, the kernel differs.
TEST(ConformanceToAWrongModel, IsNotFound) {
  for (const Defect defect :
       {Defect::kTimeOutStaysQueued, Defect::kTimeOutForgetsQueuedLoan, Defect::kTimeOutSharesPage,
        Defect::kTimeOutLeavesNoGhost, Defect::kMutableLoanStaysReachable,
        Defect::kReadLoanStaysWritable, Defect::kLoanEndKeepsBorrowersPage,
        Defect::kLoanEndForgetsLender, Defect::kServerDeathForgetsReceived,
        Defect::kServerDeathForgetsQueued, Defect::kServerDeathForgetsGhosts,
        Defect::kClientDeathFreesLentPages, Defect::kClientDeathStaysQueued,
        Defect::kClientDeathKeepsCaller, Defect::kGhostEndLeaksFrame, Defect::kReceiverKeepsServing,
        Defect::kReceiveIgnoresQueue}) {
    EXPECT_TRUE(differs(defect, small_shapes()[0])) << name_of(defect);
  }
  for (const Defect defect :
       {Defect::kSendIgnoresLimit, Defect::kSendOvertakes, Defect::kSendForgetsReceiver,
        Defect::kReceiveKeepsMessage, Defect::kReceiveKeepsCharge,
        Defect::kServerDeathKeepsMessages, Defect::kServerDeathKeepsCharge,
        Defect::kSenderDeathTakesMessages, Defect::kSenderDeathReturnsCharge,
        Defect::kEventsReplace, Defect::kEventsAfterQueue, Defect::kEventsStay,
        Defect::kEventsDoNotWake, Defect::kServerDeathKeepsEvents}) {
    EXPECT_TRUE(differs(defect, message_shapes()[0])) << name_of(defect);
  }
  for (const Defect defect :
       {Defect::kMoveKeepsSendersPage, Defect::kMoveKeepsOwner, Defect::kMoveIgnoresQuota,
        Defect::kGivingBackLeaksFrame, Defect::kDeathForgetsMovedPages}) {
    EXPECT_TRUE(differs(defect, message_shapes()[2])) << name_of(defect);
  }
}

}  // namespace
}  // namespace kernel::model
