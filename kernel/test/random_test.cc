// Random system calls, right and wrong, from several processes that also fault, exit and are
// interrupted; after every one of them everything that must hold is checked.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>

#include "kernel/test/chaos.h"

namespace kernel::test {
namespace {
using abi::Syscall;

class RandomChoices : public Choices {
 public:
  explicit RandomChoices(uint32_t seed) : random_(seed) {}
  uint32_t below(uint32_t limit) override { return static_cast<uint32_t>(random_() % limit); }
  uint32_t word() override { return static_cast<uint32_t>(random_()); }

 private:
  std::mt19937 random_;
};

struct Contract {
  Syscall call;
  std::vector<unsigned> outcomes;
};

/// What kernel/abi/syscall.h says that a call may come to: all of it comes, and nothing else. 0:
/// done. kDenied stands where more than the caller's mask can lead to it. What never returns has no
/// outcome.
const std::vector<Contract>& contracts() {
  constexpr unsigned kBroken = Chaos::kBroken, kAnswered = Chaos::kAnswered;
  static const std::vector<Contract> list{
      {Syscall::kNull, {0}},
      {Syscall::kYield, {0}},
      {Syscall::kExit, {}},
      {Syscall::kCall, {0, kDenied, kNotFound, kInvalid, kBusy, kNoMemory, kBroken, kAnswered}},
      {Syscall::kSend, {0, kDenied, kNotFound, kInvalid, kBusy, kNoMemory, kBroken}},
      {Syscall::kReceive, {0, kBroken}},
      {Syscall::kReply, {0, kNotFound}},
      {Syscall::kReplyReceive, {0, kNotFound}},
      {Syscall::kTryReceive, {0, kBusy, kBroken}},
      {Syscall::kCallTimed,
       {0, kDenied, kNotFound, kInvalid, kBusy, kNoMemory, kTimeout, kBroken, kAnswered}},
      {Syscall::kConnect, {0, kDenied, kNotFound, kNoMemory}},
      {Syscall::kServe, {0, kDenied, kBusy, kNoMemory}},
      {Syscall::kReceiveTimed, {0, kBusy, kTimeout, kBroken}},
      {Syscall::kThreadCreate, {0, kDenied, kNoMemory, kBroken}},
      {Syscall::kThreadExit, {}},
      {Syscall::kThreadJoin, {0, kNotFound, kBusy}},
      {Syscall::kFutexWait, {0, kBusy, kTimeout, kBroken}},
      {Syscall::kFutexWake, {0}},
      {Syscall::kSleep, {0}},
      {Syscall::kClock, {0}},
      {Syscall::kThreadPointer, {0}},
      {Syscall::kMap, {0, kNoMemory, kBusy, kInvalid, kBroken}},
      {Syscall::kUnmap, {0, kBusy, kBroken}},
      {Syscall::kMapDevice, {0, kDenied, kInvalid, kNoMemory}},
      {Syscall::kMapDma, {0, kDenied, kInvalid, kNoMemory}},
      {Syscall::kCacheClean, {0, kBroken}},
      {Syscall::kCacheInvalidate, {0, kBroken}},
      {Syscall::kInterruptClaim, {0, kDenied, kBusy}},
      {Syscall::kInterruptWait, {0, kBusy, kBroken}},
      {Syscall::kNotify, {0, kDenied, kNotFound, kBroken}},
      {Syscall::kLogRead, {0, kBusy, kBroken}},
      {Syscall::kStatistics, {0, kNotFound}},
      {Syscall::kPower, {kInvalid}},
      {Syscall::kTraceControl, {0, kInvalid}},
      {Syscall::kTraceRead, {0, kBroken}},
      {Syscall::kProcessStart, {0, kDenied, kBusy, kNotFound, kNoMemory}},
      {Syscall::kProcessCreate, {0, kDenied, kNotFound, kNoMemory, kInvalid, kBroken}},
      {Syscall::kProcessGive, {0, kNotFound, kBusy, kInvalid, kNoMemory, kBroken}},
      {Syscall::kProcessRun, {0, kNotFound, kBusy, kInvalid, kNoMemory}},
      {Syscall::kKill, {0, kDenied, kNotFound}},
      {Syscall::kCrashRead, {0, kBusy, kBroken}},
  };
  return list;
}

TEST(RandomCalls, KeepEverythingThatMustHold) {
  unsigned deaths = 0, storms = 0;
  std::map<Chaos::Outcome, unsigned> outcomes;
  for (uint32_t seed = 1; seed <= 50; ++seed) {
    RandomChoices choices(seed);
    Chaos chaos(choices);
    for (unsigned i = 0; i < 4000; ++i) {
      const std::string wrong = chaos.step();
      ASSERT_EQ(wrong, "") << "seed " << seed << ", step " << i;
    }
    deaths += chaos.deaths();
    storms += chaos.storms();
    for (const auto& [outcome, count] : chaos.outcomes()) outcomes[outcome] += count;
  }
  EXPECT_GT(deaths, 30u);
  EXPECT_GT(storms, 10u);
  if (std::getenv("TOUCHSTONE_OUTCOMES")) {
    for (const auto& [outcome, count] : outcomes) {
      std::printf("call %u, outcome %u: %u\n", static_cast<unsigned>(outcome.first), outcome.second,
                  count);
    }
  }
  // Every call of the contract, with every outcome that it names, and no other: kDenied of what is
  // not in a mask, and the end of who asks for no call at all.
  std::set<Chaos::Outcome> named;
  for (const Contract& contract : contracts()) {
    for (unsigned outcome : contract.outcomes) {
      named.insert({contract.call, outcome});
      EXPECT_GT((outcomes[{contract.call, outcome}]), 0u)
          << "call " << static_cast<unsigned>(contract.call) << " with outcome " << outcome;
    }
  }
  for (const auto& [outcome, count] : outcomes) {
    const bool exists = std::ranges::count(contracts(), outcome.first, &Contract::call) != 0;
    const bool expected = exists ? outcome.second == kDenied || named.contains(outcome)
                                 : outcome.second == kDenied || outcome.second == Chaos::kBroken;
    EXPECT_TRUE(expected || count == 0)
        << "call " << static_cast<unsigned>(outcome.first) << " came to " << outcome.second << ", "
        << count << " times";
  }
}

}  // namespace
}  // namespace kernel::test
