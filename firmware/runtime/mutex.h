// Mutual exclusion between the threads of a process. No kernel entry while nobody waits. Priorities
// are not inherited through a Mutex: hold it briefly, and never across a call.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/result.h"
#include "runtime/futex.h"  // firmware/runtime/target/device or .../host

namespace runtime {

class Mutex {
 public:
  constexpr Mutex() = default;
  Mutex(const Mutex&) = delete;

  void lock() {
    uint32_t seen = kFree;
    if (word_.compare_exchange_strong(seen, kHeld, std::memory_order_acquire)) return;
    // Whoever had to wait marks the word kWanted, since it cannot know whether others still wait.
    while (word_.exchange(kWanted, std::memory_order_acquire) != kFree) futex_wait(word_, kWanted);
  }
  /// By the thread that locked. Unlocking what is not locked traps.
  void unlock() {
    const uint32_t before = word_.exchange(kFree, std::memory_order_release);
    base::require(before != kFree);
    if (before == kWanted) futex_wake(word_, 1);
  }

 private:
  enum : uint32_t { kFree, kHeld, kWanted };
  std::atomic<uint32_t> word_ = kFree;
};

/// Holds a Mutex for a scope.
class [[nodiscard]] Lock {
 public:
  explicit Lock(Mutex& mutex) : mutex_(mutex) { mutex_.lock(); }
  Lock(const Lock&) = delete;
  ~Lock() { mutex_.unlock(); }

 private:
  Mutex& mutex_;
};

/// Something to wait for under a Mutex.
class Condition {
 public:
  constexpr Condition() = default;
  Condition(const Condition&) = delete;

  /// Unlocks, waits for a notify (or nothing at all: look again), locks.
  void wait(Mutex& mutex) {
    const uint32_t seen = count_.load(std::memory_order_relaxed);
    mutex.unlock();
    futex_wait(count_, seen);
    mutex.lock();
  }
  void notify_all() {
    count_.fetch_add(1, std::memory_order_relaxed);
    futex_wake(count_, ~0u >> 1);
  }

 private:
  std::atomic<uint32_t> count_ = 0;
};

}  // namespace runtime
