// Waiting on a word, through Linux.
#pragma once

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

#include "firmware/runtime/time.h"

namespace runtime {

/// Sleeps while `word` is `expected`; may return at any time.
inline void futex_wait(std::atomic<uint32_t>& word, uint32_t expected) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, nullptr);
}
/// The same, at most `limit`. False: the time is up.
[[nodiscard]] inline bool futex_wait(std::atomic<uint32_t>& word, uint32_t expected,
                                     base::Duration limit) {
  const auto count = limit.count() > 0 ? limit.count() : 0;
  const timespec time{count / 1'000'000, count % 1'000'000 * 1000};
  return syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, &time) == 0 || errno != ETIMEDOUT;
}
inline void futex_wake(std::atomic<uint32_t>& word, uint32_t count) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count);
}

/// Time, for deadlines.
inline base::Duration now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::chrono::duration_cast<base::Duration>(std::chrono::seconds(time.tv_sec) +
                                                    std::chrono::nanoseconds(time.tv_nsec));
}

}  // namespace runtime
