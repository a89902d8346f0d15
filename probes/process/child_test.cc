#include "probes/process/child.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "probes/process/interrupt.h"

namespace probes::process {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

bool alive(pid_t pid) {
  return kill(pid, 0) == 0;
}

bool dies_soon(pid_t pid) {
  for (int i = 0; i < 500 && alive(pid); ++i) std::this_thread::sleep_for(10ms);
  return !alive(pid);
}

TEST(Child, LinesOfItsOutputAreReadOneByOne) {
  auto child = Child::start({.command = {"sh", "-c", "echo one; echo two"}});
  ASSERT_TRUE(child);
  EXPECT_EQ(*child->read_line(5s), "one");
  EXPECT_EQ(*child->read_line(5s), "two");
  const auto end = child->read_line(5s);
  ASSERT_FALSE(end);
  EXPECT_THAT(end.error().what, HasSubstr("exit status 0"));
}

TEST(Child, AMissingProgramIsNamed) {
  auto child = Child::start({.command = {"no-such-program-here"}});
  ASSERT_FALSE(child);
  EXPECT_THAT(child.error().what,
              HasSubstr("no-such-program-here cannot be started: No such file"));
}

TEST(Child, SilenceEndsAtTheDeadline) {
  auto child = Child::start({.command = {"sleep", "100"}});
  ASSERT_TRUE(child);
  const auto line = child->read_line(50ms);
  ASSERT_FALSE(line);
  EXPECT_THAT(line.error().what, HasSubstr("50 ms"));
}

TEST(Child, GrandchildrenDieWithTheOwner) {
  pid_t grandchild = 0;
  {
    auto child = Child::start({.command = {"sh", "-c", "sleep 100 & echo $!; wait"}});
    ASSERT_TRUE(child);
    grandchild = std::stoi(*child->read_line(5s));
    EXPECT_TRUE(alive(grandchild));
  }
  EXPECT_TRUE(dies_soon(grandchild));
}

TEST(Child, EnvironmentIsAddedToOurs) {
  auto child = Child::start({.command = {"sh", "-c", "echo $HIL_TEST_WORD:$PATH"},
                             .environment = {{"HIL_TEST_WORD", "word"}}});
  ASSERT_TRUE(child);
  EXPECT_THAT(*child->read_line(5s), HasSubstr("word:/"));
}

TEST(Run, GivesStatusAndBothStreams) {
  auto done = run({"sh", "-c", "echo out; echo err >&2; exit 7"}, 5s);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->status, 7);
  EXPECT_EQ(done->output, "out\nerr\n");
}

TEST(Run, StopsACommandThatTakesTooLong) {
  const auto begin = std::chrono::steady_clock::now();
  auto done = run({"sleep", "100"}, 50ms);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, HasSubstr("not done after 50 ms"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(Run, KeepsOnlyTheEndOfAFlood) {
  auto done = run({"sh", "-c", "head -c 1000000 /dev/zero; echo end"}, 20s);
  ASSERT_TRUE(done);
  EXPECT_LE(done->output.size(), 64u * 1024);
  EXPECT_TRUE(done->output.ends_with("end\n"));
}

TEST(Interrupt, KillsChildrenAndEndsTheWait) {
  watch_interrupts();
  auto child = Child::start({.command = {"sleep", "100"}});
  ASSERT_TRUE(child);
  std::thread later([] {
    std::this_thread::sleep_for(50ms);
    kill(getpid(), SIGTERM);
  });
  const auto line = child->read_line(30s);
  later.join();
  EXPECT_FALSE(line);
  EXPECT_TRUE(interrupted());
  EXPECT_EQ(interrupt_signal(), SIGTERM);
  EXPECT_EQ(describe_end(child->stop(5s)), "killed by signal 9 (Killed)");
  clear_interrupt();
}

}  // namespace
}  // namespace probes::process
