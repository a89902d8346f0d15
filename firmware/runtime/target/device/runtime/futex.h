// Waiting on a word, through the kernel.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/result.h"
#include "firmware/runtime/syscall.h"
#include "firmware/runtime/time.h"

namespace runtime {

/// Sleeps while `word` is `expected`; may return at any time.
inline void futex_wait(std::atomic<uint32_t>& word, uint32_t expected) {
  system_call(Syscall::kFutexWait, reinterpret_cast<uintptr_t>(&word), expected, ~0u, ~0u);
}
/// The same, at most `limit`. False: the time is up.
[[nodiscard]] inline bool futex_wait(std::atomic<uint32_t>& word, uint32_t expected,
                                     base::Duration limit) {
  const Halves time = nanoseconds(limit);
  const base::Error error{system_call(Syscall::kFutexWait, reinterpret_cast<uintptr_t>(&word),
                                      expected, time.low, time.high)
                              .error};
  return error.word == 0 || error.code() != base::Code::kTimeout;
}
inline void futex_wake(std::atomic<uint32_t>& word, uint32_t count) {
  system_call(Syscall::kFutexWake, reinterpret_cast<uintptr_t>(&word), count);
}

/// Time, for deadlines.
inline base::Duration now() {
  const Outcome outcome = system_call(Syscall::kClock);
  return base::Duration((uint64_t{outcome.r2} << 32 | outcome.r1) / 1000);
}

}  // namespace runtime
