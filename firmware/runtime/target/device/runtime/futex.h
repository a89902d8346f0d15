// Waiting on a word, through the kernel.
#pragma once

#include <atomic>
#include <cstdint>

#include "firmware/runtime/syscall.h"

namespace runtime {

/// Sleeps while `word` is `expected`; may return at any time.
inline void futex_wait(std::atomic<uint32_t>& word, uint32_t expected) {
  system_call(Syscall::kFutexWait, reinterpret_cast<uintptr_t>(&word), expected, ~0u, ~0u);
}
inline void futex_wake(std::atomic<uint32_t>& word, uint32_t count) {
  system_call(Syscall::kFutexWake, reinterpret_cast<uintptr_t>(&word), count);
}

}  // namespace runtime
