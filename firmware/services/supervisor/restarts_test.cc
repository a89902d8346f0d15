#include "firmware/services/supervisor/restarts.h"

#include <gtest/gtest.h>

namespace services::supervisor {
namespace {

using kernel::abi::EndReason;
using kernel::abi::Restart;
using kernel::abi::RestartPolicy;
using What = Decision::What;
using namespace std::chrono_literals;

constexpr Restart kAlways{.policy = RestartPolicy::kAlways, .limit = 3, .window_s = 60};
constexpr Restart kOnFailure{.policy = RestartPolicy::kOnFailure, .limit = 3, .window_s = 60};

TEST(Restarts, EachPolicyWantsItsOwnEnds) {
  struct {
    EndReason reason;
    uint32_t code;
    What never, on_failure, always;
  } const ends[] = {
      {EndReason::kFaulted, 0, What::kStayDead, What::kRestart, What::kRestart},
      {EndReason::kExited, 1, What::kStayDead, What::kRestart, What::kRestart},
      {EndReason::kExited, 0, What::kStayDead, What::kStayDead, What::kRestart},
      {EndReason::kKilled, 0, What::kStayDead, What::kStayDead, What::kRestart},
  };
  for (const auto& end : ends) {
    EXPECT_EQ(Restarts().ended({}, end.reason, end.code, 1s).what, end.never);
    EXPECT_EQ(Restarts().ended(kOnFailure, end.reason, end.code, 1s).what, end.on_failure);
    EXPECT_EQ(Restarts().ended(kAlways, end.reason, end.code, 1s).what, end.always);
  }
}

TEST(Restarts, WithinTheWindowEachWaitsTwiceAsLongUntilTheLimit) {
  Restarts restarts;
  const auto fault = [&](base::Duration now, Restart policy = kAlways) {
    return restarts.ended(policy, EndReason::kFaulted, 0, now);
  };
  Decision decision = fault(1s);
  EXPECT_EQ(decision.what, What::kRestart);
  EXPECT_EQ(decision.wait, 0s);
  EXPECT_EQ(decision.times, 1u);
  decision = fault(2s);
  EXPECT_EQ(decision.wait, 100ms);
  EXPECT_EQ(decision.times, 2u);
  EXPECT_EQ(fault(3s).wait, 200ms);
  EXPECT_EQ(fault(4s).what, What::kGiveUp);
  EXPECT_EQ(fault(60s).what, What::kGiveUp);
  // The first restart is out of the window now; one that was refused does not count.
  decision = fault(61s);
  EXPECT_EQ(decision.what, What::kRestart);
  EXPECT_EQ(decision.times, 3u);
  EXPECT_EQ(fault(61500ms).what, What::kGiveUp);
}

TEST(Restarts, WaitsHaveAnEndAndLargeLimitsAreThoseThatCanBeKept) {
  const Restart policy{.policy = RestartPolicy::kAlways, .limit = 255, .window_s = 65535};
  Restarts restarts;
  base::Duration longest{};
  unsigned times = 0;
  for (int i = 0; i < 40; ++i) {
    const Decision decision =
        restarts.ended(policy, EndReason::kFaulted, 0, std::chrono::seconds(i));
    if (decision.what != What::kRestart) continue;
    ++times;
    longest = std::max(longest, decision.wait);
  }
  EXPECT_EQ(times, Restarts::kMostTimes);
  EXPECT_EQ(longest, Restarts::kLongestWait);
}

}  // namespace
}  // namespace services::supervisor
