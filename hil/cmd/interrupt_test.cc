// Ctrl-C and worse, at any moment: no process and no lock may stay behind.
#include <signal.h>

#include <thread>

#include "hil/board/lock.h"
#include "hil/cmd/fixture.h"

namespace hil::cmd {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

class InterruptTest : public CmdTest {
 protected:
  /// A zombie that nobody reaped counts as dead.
  static bool alive(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string number, name, state;
    return static_cast<bool>(file >> number >> name >> state) && state != "Z";
  }
  static bool dies_soon(pid_t pid) {
    for (int i = 0; i < 500 && alive(pid); ++i) std::this_thread::sleep_for(10ms);
    return !alive(pid);
  }

  /// Starts a run that would last for ever, and waits until the board is up.
  std::optional<probes::process::Child> endless_run(const std::string& behaviour,
                                                    const std::string& steps) {
    fake_board(behaviour);
    write("s.yaml", "name: test\nsteps:\n" + steps);
    std::filesystem::remove("state/pid");
    auto child = probes::process::Child::start(
        {.command = {HIL_PROGRAM, "run", "s.yaml", "--board", "./fake.yaml", "--out", "out",
                     "--state", "state"},
         .join_stderr = true});
    if (!child) return {};
    for (int i = 0; i < 1000 && read("state/pid").empty(); ++i) std::this_thread::sleep_for(10ms);
    return std::optional<probes::process::Child>(*std::move(child));
  }

  void everything_is_gone() {
    const std::string pid = read("state/pid");
    ASSERT_FALSE(pid.empty());
    EXPECT_TRUE(dies_soon(std::stoi(pid))) << "the board's process stayed behind";
    EXPECT_TRUE(board::Lock::take(folder_ / "state" / "lock", "the test"));
  }

  static constexpr const char* kEndless =
      "  - power: on\n  - expect: {console: 'kernel: ready', within: 1 s}\n"
      "  - send: 'sleep\\n'\n  - expect: {console: never, within: 1000 min}\n";
};

TEST_F(InterruptTest, ASignalEndsTheRunAtAnyMomentWithStatus130) {
  int early = 0;
  for (const int signal : {SIGINT, SIGTERM}) {
    for (const auto delay : {0ms, 3ms, 10ms, 30ms, 200ms}) {
      auto child = endless_run("well", kEndless);
      ASSERT_TRUE(child);
      std::this_thread::sleep_for(delay);
      kill(child->pid(), signal);
      const int status = child->stop(20s);
      ASSERT_TRUE(WIFEXITED(status)) << delay.count() << " ms: " << status;
      EXPECT_EQ(WEXITSTATUS(status), 130) << delay.count() << " ms";
      everything_is_gone();
      EXPECT_EQ(results()["outcome"], "interrupted");
      early += results()["counts"]["interrupted"] == 0;
    }
  }
  EXPECT_LT(early, 10) << "none of the signals came while a step ran";
}

TEST_F(InterruptTest, AnInterruptedStepIsNamedAndEarlierOnesAreKept) {
  auto child = endless_run("well", kEndless);
  ASSERT_TRUE(child);
  for (int i = 0; i < 500 && read("out/console.log").find("ready") == std::string::npos; ++i)
    std::this_thread::sleep_for(10ms);
  std::this_thread::sleep_for(100ms);
  kill(child->pid(), SIGINT);
  child->stop(20s);
  const auto json = results();
  EXPECT_EQ(json["steps"][1]["status"], "passed");
  EXPECT_EQ(json["counts"]["interrupted"], 1);
  EXPECT_THAT(read("out/junit.xml"), HasSubstr("<error type=\"interrupted\""));
}

TEST_F(InterruptTest, ABoardThatHangsDoesNotHoldTheInterruptUp) {
  auto child = endless_run("hang", kEndless);
  ASSERT_TRUE(child);
  std::this_thread::sleep_for(200ms);
  const auto begin = std::chrono::steady_clock::now();
  kill(child->pid(), SIGINT);
  EXPECT_EQ(WEXITSTATUS(child->stop(20s)), 130);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
  everything_is_gone();
}

TEST_F(InterruptTest, EvenAKilledRunnerLeavesNothingBehind) {
  auto child = endless_run("well", kEndless);
  ASSERT_TRUE(child);
  std::this_thread::sleep_for(100ms);
  kill(child->pid(), SIGKILL);
  child->stop(20s);
  everything_is_gone();
  EXPECT_TRUE(results().is_object()) << "results.json is whole";
}

}  // namespace
}  // namespace hil::cmd
