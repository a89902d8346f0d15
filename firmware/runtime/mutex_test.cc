#include "firmware/runtime/mutex.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace runtime {
namespace {

TEST(Mutex, OneAtATimeUnderContention) {
  Mutex mutex;
  uint64_t count = 0;  // not atomic: the mutex must make it whole
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50'000; ++i) {
        Lock lock(mutex);
        count = count + 1;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(count, 200'000u);
}

TEST(Mutex, TryingTakesOnlyAFreeOne) {
  Mutex mutex;
  EXPECT_TRUE(mutex.try_lock());
  EXPECT_FALSE(mutex.try_lock());
  mutex.unlock();
  EXPECT_TRUE(mutex.try_lock());
  mutex.unlock();
}

TEST(Mutex, WaitingForALimitedTimeEndsEitherWay) {
  using namespace std::chrono_literals;
  Mutex mutex;
  mutex.lock();
  const base::Duration before = now();
  EXPECT_FALSE(mutex.lock_within(20ms));
  EXPECT_GE(now() - before, 20ms);
  EXPECT_FALSE(mutex.lock_within(0ms));
  std::thread holder([&] {
    std::this_thread::sleep_for(5ms);
    mutex.unlock();
  });
  // The holder unlocks what this thread locked, which the word does not mind.
  EXPECT_TRUE(mutex.lock_within(10s));
  holder.join();
  mutex.unlock();
}

TEST(Mutex, LimitedWaitsKeepItWholeUnderContention) {
  Mutex mutex;
  uint64_t count = 0, taken = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10'000; ++i) {
        if (t % 2 && !mutex.lock_within(base::Duration(i % 50))) continue;
        if (t % 2 == 0) mutex.lock();
        count = count + 1;
        ++taken;
        mutex.unlock();
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(count, taken);
  EXPECT_TRUE(mutex.try_lock());
}

TEST(Condition, ALimitedWaitEndsByItselfOrByANotify) {
  using namespace std::chrono_literals;
  Mutex mutex;
  Condition changed;
  bool ready = false;
  Lock lock(mutex);
  EXPECT_FALSE(changed.wait_within(mutex, 5ms));
  std::thread other([&] {
    Lock inner(mutex);
    ready = true;
    changed.notify_one();
  });
  while (!ready) (void)changed.wait_within(mutex, 10s);
  mutex.unlock();
  other.join();
  mutex.lock();
}

TEST(MutexDeathTest, UnlockingWhatIsFreeTraps) {
  Mutex mutex;
  EXPECT_DEATH(mutex.unlock(), "");
}

TEST(Condition, EveryItemPassesFromProducersToConsumers) {
  Mutex mutex;
  Condition changed;
  int queued = 0, taken = 0;
  constexpr int kEach = 5'000, kThreads = 2;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        Lock lock(mutex);
        while (queued == 3) changed.wait(mutex);
        ++queued;
        changed.notify_all();
      }
    });
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        Lock lock(mutex);
        while (queued == 0) changed.wait(mutex);
        --queued;
        ++taken;
        changed.notify_all();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(taken, kEach * kThreads);
  EXPECT_EQ(queued, 0);
}

}  // namespace
}  // namespace runtime
