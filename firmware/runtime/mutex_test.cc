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
