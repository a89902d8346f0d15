#include "hil/board/lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hil::board {
namespace {

using testing::HasSubstr;

class LockTest : public testing::Test {
 protected:
  ~LockTest() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("lock_test_" + std::to_string(getpid()));
  std::filesystem::path file_ = folder_ / "locks" / "prime.lock";
};

TEST_F(LockTest, ASecondUserIsToldWhoTheFirstIs) {
  const auto first = Lock::take(file_, "hil run smoke.yaml");
  ASSERT_TRUE(first);
  const auto second = Lock::take(file_, "hil run other.yaml");
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().what, HasSubstr("in use by process " + std::to_string(getpid())));
  EXPECT_THAT(second.error().what, HasSubstr("hil run smoke.yaml"));
}

TEST_F(LockTest, ItIsFreeAgainWhenItsHolderIsDone) {
  { ASSERT_TRUE(Lock::take(file_, "one")); }
  EXPECT_TRUE(Lock::take(file_, "two"));
}

TEST_F(LockTest, ItIsFreeAgainWhenItsHolderIsKilled) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t holder = fork();
  if (holder == 0) {
    const auto lock = Lock::take(file_, "a victim");
    char byte = lock ? 'y' : 'n';
    if (write(ready[1], &byte, 1) == 1) pause();
    _exit(0);
  }
  char byte = 'n';
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  EXPECT_FALSE(Lock::take(file_, "too early"));
  kill(holder, SIGKILL);
  waitpid(holder, nullptr, 0);
  EXPECT_TRUE(Lock::take(file_, "in time"));
  close(ready[0]);
  close(ready[1]);
}

}  // namespace
}  // namespace hil::board
