#include "firmware/services/supervisor/restarts.h"

#include <algorithm>

namespace services::supervisor {
namespace {

bool wanted(kernel::abi::RestartPolicy policy, kernel::abi::EndReason reason, uint32_t exit_code) {
  using kernel::abi::EndReason;
  using kernel::abi::RestartPolicy;
  switch (policy) {
    case RestartPolicy::kAlways:
      return true;
    case RestartPolicy::kOnFailure:
      // Who was killed was meant to end.
      return reason == EndReason::kFaulted || (reason == EndReason::kExited && exit_code != 0);
    case RestartPolicy::kNever:
      break;
  }
  return false;
}

}  // namespace

Decision Restarts::ended(const kernel::abi::Restart& policy, kernel::abi::EndReason reason,
                         uint32_t exit_code, base::Duration now) {
  using What = Decision::What;
  if (!wanted(policy.policy, reason, exit_code)) return {};
  const unsigned limit = std::min<unsigned>(policy.limit, kMostTimes);
  const base::Duration window = std::chrono::seconds(policy.window_s);
  unsigned recent = 0;
  for (unsigned i = 0; i < std::min(count_, kMostTimes); ++i)
    if (now - times_[i] < window) ++recent;
  if (recent >= limit) return {.what = What::kGiveUp};

  base::Duration wait{};
  if (recent > 0) {
    wait = kFirstWait;
    for (unsigned i = 1; i < recent && wait < kLongestWait; ++i) wait *= 2;
    wait = std::min(wait, kLongestWait);
  }
  times_[count_++ % kMostTimes] = now;
  return {.what = What::kRestart, .wait = wait, .times = recent + 1};
}

}  // namespace services::supervisor
