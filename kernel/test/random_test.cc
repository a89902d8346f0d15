// Random system calls, right and wrong, from several processes that also fault, exit and are
// interrupted; after every one of them everything that must hold is checked.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <random>

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

/// What the contract in kernel/abi/syscall.h says that a call may return, as far as a small world
/// can bring it about. 0: done. What never returns has no outcome.
const std::vector<Contract>& contracts() {
  constexpr unsigned kBroken = Chaos::kBroken;
  static const std::vector<Contract> list{
      {Syscall::kNull, {0}},
      {Syscall::kYield, {0}},
      {Syscall::kCall, {0, kDenied, kNotFound, kInvalid, kBusy, kNoMemory, kBroken}},
      {Syscall::kSend, {0, kDenied, kNotFound, kInvalid, kBusy, kNoMemory, kBroken}},
      {Syscall::kReceive, {0, kBroken}},
      {Syscall::kReply, {0, kNotFound}},
      {Syscall::kReplyReceive, {0, kNotFound}},
      {Syscall::kTryReceive, {0, kBusy, kBroken}},
      {Syscall::kCallTimed, {0, kDenied, kNotFound, kInvalid, kBusy, kTimeout, kBroken}},
      {Syscall::kConnect, {0, kDenied, kNotFound}},
      {Syscall::kServe, {0, kDenied, kBusy}},
      {Syscall::kReceiveTimed, {0, kBusy, kTimeout, kBroken}},
      {Syscall::kThreadCreate, {0, kDenied, kBroken}},
      {Syscall::kThreadJoin, {0, kNotFound}},
      {Syscall::kFutexWait, {0, kBusy, kTimeout, kBroken}},
      {Syscall::kFutexWake, {0}},
      {Syscall::kSleep, {0}},
      {Syscall::kClock, {0}},
      {Syscall::kMap, {0, kNoMemory, kBusy, kInvalid, kBroken}},
      {Syscall::kUnmap, {0, kBusy, kBroken}},
      {Syscall::kMapDevice, {0, kDenied}},
      {Syscall::kInterruptClaim, {0, kDenied, kBusy}},
      {Syscall::kInterruptWait, {0, kBroken}},
      {Syscall::kNotify, {0, kDenied, kNotFound, kBroken}},
      {Syscall::kLogRead, {0, kDenied, kBroken}},
      {Syscall::kStatistics, {0, kDenied, kNotFound}},
      {Syscall::kPower, {kDenied, kInvalid}},
      {Syscall::kTraceControl, {0, kDenied, kInvalid}},
      {Syscall::kTraceRead, {0, kDenied, kBroken}},
      {Syscall::kThreadPointer, {0}},
      {Syscall::kProcessStart, {0, kDenied, kBusy, kNotFound}},
      {Syscall::kProcessCreate, {0, kDenied, kNoMemory, kInvalid, kBroken}},
      {Syscall::kProcessGive, {0, kDenied, kNotFound, kBusy}},
      {Syscall::kProcessRun, {0, kDenied, kNotFound, kBusy}},
      {Syscall::kKill, {0, kDenied, kNotFound}},
      {Syscall::kCrashRead, {0, kDenied, kBroken}},
  };
  return list;
}

TEST(RandomCalls, KeepEverythingThatMustHold) {
  unsigned deaths = 0;
  std::map<Chaos::Outcome, unsigned> outcomes;
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    RandomChoices choices(seed);
    Chaos chaos(choices);
    for (unsigned i = 0; i < 4000; ++i) {
      const std::string wrong = chaos.step();
      ASSERT_EQ(wrong, "") << "seed " << seed << ", step " << i;
    }
    deaths += chaos.deaths();
    for (const auto& [outcome, count] : chaos.outcomes()) outcomes[outcome] += count;
  }
  EXPECT_GT(deaths, 30u);
  if (std::getenv("TOUCHSTONE_OUTCOMES")) {
    for (const auto& [outcome, count] : outcomes) {
      std::printf("call %u, outcome %u: %u\n", static_cast<unsigned>(outcome.first), outcome.second,
                  count);
    }
  }
  // Every call of the contract, with every outcome that it names.
  for (const Contract& contract : contracts()) {
    for (unsigned outcome : contract.outcomes) {
      EXPECT_GT((outcomes[{contract.call, outcome}]), 0u)
          << "call " << static_cast<unsigned>(contract.call) << " with outcome " << outcome;
    }
  }
}

}  // namespace
}  // namespace kernel::test
