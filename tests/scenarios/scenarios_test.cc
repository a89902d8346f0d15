// Every scenario passes on the virtual board, the same way twice, and the bench's failures during a
// flash are met as they should be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "probes/process/child.h"

namespace {

using nlohmann::json;
using testing::HasSubstr;
using namespace std::chrono_literals;

const std::filesystem::path kRoot = TOUCHSTONE_ROOT;

class ScenarioTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* needed : {"images/touchstone.img", "bringup/applets/ddr_init.elf",
                               "bringup/applets/emmc_flash.elf"})
      if (!std::filesystem::exists(kRoot / "build/device" / needed))
        GTEST_SKIP() << needed << " is not built: ./rig build device";
    std::filesystem::create_directories(folder_);
    setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::vector<std::string> command(const std::string& scenario) {
    return {HIL_PROGRAM,
            "run",
            (kRoot / "tests/scenarios" / (scenario + ".yaml")).string(),
            "--board",
            "prime",
            "--out",
            (folder_ / scenario).string()};
  }
  void passes(const std::string& scenario) {
    auto done = probes::process::run(command(scenario), 120s);
    ASSERT_TRUE(done) << done.error().what;
    EXPECT_EQ(done->status, 0) << done->output;
    EXPECT_EQ(results(scenario)["outcome"], "passed");
  }
  std::string read(const std::filesystem::path& name) {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  json results(const std::string& scenario) {
    return json::parse(read(scenario + "/results.json"), nullptr, false);
  }

  /// The child of `parent` with this name, once there is one.
  static pid_t child_of(pid_t parent, const std::string& name) {
    for (int i = 0; i < 1000; ++i, std::this_thread::sleep_for(10ms)) {
      std::ifstream list("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) +
                         "/children");
      for (pid_t pid; list >> pid;) {
        std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
        std::string comm;
        if (std::getline(file, comm) && comm == name) return pid;
      }
    }
    return -1;
  }
  static bool dies_soon(pid_t pid) {
    for (int i = 0; i < 500; ++i, std::this_thread::sleep_for(10ms)) {
      std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
      std::string number, comm, state;
      if (!(file >> number >> comm >> state) || state == "Z") return true;
    }
    return false;
  }

  /// Sends `signal` to the named process (or to the runner) while the first step flashes.
  int disturbed(const std::string& who, int signal) {
    auto runner = probes::process::Child::start({.command = command("smoke"), .join_stderr = true});
    if (!runner) return -1;
    const pid_t board = child_of(runner->pid(), "hil-board");
    const pid_t openocd = child_of(runner->pid(), "openocd");
    std::this_thread::sleep_for(150ms);
    kill(who == "board" ? board : who == "openocd" ? openocd : runner->pid(), signal);
    const int status = runner->stop(100s);
    EXPECT_TRUE(dies_soon(board));
    EXPECT_TRUE(dies_soon(openocd));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("scenarios-" + std::to_string(getpid()));
};

TEST_F(ScenarioTest, SmokePasses) {
  passes("smoke");
}
TEST_F(ScenarioTest, FaultsAreContained) {
  passes("faults");
}
TEST_F(ScenarioTest, WhatDiesRunsAgainUpToItsLimit) {
  passes("restart");
}
TEST_F(ScenarioTest, BadImagesAreRefusedByTheBootChain) {
  passes("badsig");
}
TEST_F(ScenarioTest, PanicIsReportedByTheNextBoot) {
  passes("panic");
}

TEST_F(ScenarioTest, TheDemoPassesTheSameWayTwice) {
  passes("demo");
  const json first = results("demo");
  const std::string console = read("demo/console.log");
  for (const char* name :
       {"null_call", "context_switch", "call_reply", "lend_page", "irq_to_user"}) {
    const std::string wanted = std::string("kernel/") + name;
    bool found = false;
    for (const json& series : first["series"])
      found = found || (series["name"] == wanted && series["samples"] >= 1000);
    EXPECT_TRUE(found) << wanted;
  }
  passes("demo");
  EXPECT_EQ(read("demo/console.log"), console);
  EXPECT_EQ(results("demo")["series"], first["series"]);
  EXPECT_EQ(results("demo")["board_s"], first["board_s"]);
}

TEST_F(ScenarioTest, ColdPathsRunTheSameInstructionsInMoreCycles) {
  passes("timing");
  const json series = results("timing")["series"];
  const auto median = [&](const std::string& name) {
    for (const json& one : series)
      if (one["name"] == "kernel/" + name) return one["p50"].get<double>();
    ADD_FAILURE() << "no series kernel/" << name;
    return 0.0;
  };
  for (const std::string name :
       {"null_call", "context_switch", "call_reply", "lend_page", "irq_to_user"}) {
    EXPECT_EQ(median(name + "_cold"), median(name));
    EXPECT_GE(median(name + "_cycles"), median(name));
    EXPECT_GT(median(name + "_cold_cycles"), 5 * median(name + "_cycles")) << name;
  }
}

TEST_F(ScenarioTest, OpenOcdDyingMidFlashIsTheBenchsFault) {
  EXPECT_EQ(disturbed("openocd", SIGKILL), 75);
  EXPECT_THAT(std::string(results("smoke")["steps"][0]["reason"]), HasSubstr("openocd"));
}

TEST_F(ScenarioTest, ABoardDyingMidFlashIsTheBenchsFault) {
  EXPECT_EQ(disturbed("board", SIGKILL), 75);
  EXPECT_EQ(results("smoke")["steps"][0]["status"], "error");
}

TEST_F(ScenarioTest, CtrlCMidFlashEndsEverything) {
  EXPECT_EQ(disturbed("runner", SIGINT), 130);
  EXPECT_EQ(results("smoke")["outcome"], "interrupted");
}

TEST_F(ScenarioTest, AnAbsentOpenOcdIsNamedWithItsRemedy) {
  const std::string path = getenv("PATH");
  setenv("PATH", "/nonexistent", 1);
  auto done = probes::process::run(command("smoke"), 60s);
  setenv("PATH", path.c_str(), 1);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->status, 75);
  EXPECT_THAT(done->output, HasSubstr("openocd"));
  EXPECT_THAT(done->output, HasSubstr("install"));
}

}  // namespace
