// Whether and when a process is started again: the policy of its manifest, apart from the system.
#pragma once

#include <array>
#include <cstdint>

#include "base/clock.h"
#include "kernel/abi/crash.h"
#include "kernel/abi/image.h"

namespace services::supervisor {

/// What is to become of a process that ended.
struct Decision {
  enum class What {
    kStayDead,  ///< its policy does not want it back
    kRestart,
    kGiveUp,  ///< it was started again so often within the window that it stays dead
  };
  What what = What::kStayDead;
  base::Duration wait{};  ///< kRestart: before it is started
  unsigned times = 0;     ///< kRestart: how many restarts within the window, with this one
};

/// The restarts of one process. The first within the window comes at once, each one after it waits
/// twice as long as the one before: a process that cannot live does not keep the others from
/// working.
class Restarts {
 public:
  /// A manifest may say more; this is what is kept track of.
  static constexpr unsigned kMostTimes = 16;
  static constexpr base::Duration kFirstWait = std::chrono::milliseconds(100);
  static constexpr base::Duration kLongestWait = std::chrono::seconds(5);

  /// It ended at `now`. A kRestart counts from here on.
  Decision ended(const kernel::abi::Restart& policy, kernel::abi::EndReason reason,
                 uint32_t exit_code, base::Duration now);

 private:
  std::array<base::Duration, kMostTimes> times_{};  // of the last restarts, a ring
  unsigned count_ = 0;
};

}  // namespace services::supervisor
