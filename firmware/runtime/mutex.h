// Mutual exclusion between the threads of a process. No kernel entry while nobody waits.
//
// What is inherited: the kernel raises a server's thread to its caller's priority for as long as
// the call lasts, along a whole chain of calls. Through a Mutex nothing is inherited, because the
// kernel does not know who holds it: a thread of low priority that is preempted while it holds one
// keeps all who wait for it waiting. So hold it briefly, never across a call, and let threads that
// share one have one priority, or ask a server thread in place of sharing.
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
  /// False: somebody holds it.
  [[nodiscard]] bool try_lock() {
    uint32_t seen = kFree;
    return word_.compare_exchange_strong(seen, kHeld, std::memory_order_acquire);
  }
  /// False: somebody has held it all the time until `limit` was over.
  [[nodiscard]] bool lock_within(base::Duration limit) {
    if (try_lock()) return true;
    const base::Duration deadline = now() + limit;
    while (word_.exchange(kWanted, std::memory_order_acquire) != kFree) {
      const base::Duration left = deadline - now();
      // kWanted stays behind: at worst one waker looks for a sleeper in vain.
      if (left <= base::Duration::zero() || !futex_wait(word_, kWanted, left)) return try_lock();
    }
    return true;
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
  /// The same, at most `limit` (and then until the mutex is free). False: the time is up.
  [[nodiscard]] bool wait_within(Mutex& mutex, base::Duration limit) {
    const uint32_t seen = count_.load(std::memory_order_relaxed);
    mutex.unlock();
    const bool woken = futex_wait(count_, seen, limit);
    mutex.lock();
    return woken;
  }
  /// Wakes at least one of those who wait; all of them must wait for the same.
  void notify_one() {
    count_.fetch_add(1, std::memory_order_relaxed);
    futex_wake(count_, 1);
  }
  void notify_all() {
    count_.fetch_add(1, std::memory_order_relaxed);
    futex_wake(count_, ~0u >> 1);
  }

 private:
  std::atomic<uint32_t> count_ = 0;
};

}  // namespace runtime
