// The kernel's suite passes on the virtual board and on QEMU's i.MX 6UL, whose processor and
// interrupt controller nobody here wrote, and says the same on both.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <regex>

#include "probes/process/child.h"

namespace {

using nlohmann::json;
using namespace std::chrono_literals;

const std::filesystem::path kRoot = TOUCHSTONE_ROOT;
constexpr auto kLimit = std::chrono::minutes(115);  // CTest's own comes first

class KernelTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* needed :
         {"images/touchstone-kernel.img", "images/imx6ul-evk/touchstone-kernel.img",
          "images/touchstone-matrix.img", "tests/kernel/qemu_loader.elf",
          "bringup/applets/emmc_flash.elf"})
      if (!std::filesystem::exists(kRoot / "build/device" / needed))
        GTEST_SKIP() << needed << " is not built: ./rig build device";
    std::filesystem::create_directories(folder_);
    setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void passes(const std::string& scenario, const std::string& board) {
    auto done = probes::process::run(
        {HIL_PROGRAM, "run", (kRoot / "tests/scenarios" / (scenario + ".yaml")).string(), "--board",
         board, "--out", (folder_ / board).string()},
        kLimit);
    ASSERT_TRUE(done) << done.error().what;
    EXPECT_EQ(done->status, 0) << done->output;
    const json results = json::parse(read(board + "/results.json"), nullptr, false);
    EXPECT_EQ(results["outcome"], "passed");
  }
  std::string read(const std::filesystem::path& name) {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// What the processes of touchstone-matrix.img said with their exit codes; all started processes
  /// must have.
  struct Denied {
    size_t processes = 0;
    uint64_t tries = 0;
  };
  Denied denied(const std::string& board) {
    const std::string log = read(board + "/console.log");
    Denied denied;
    const std::regex exit("kernel: process \\w+ \\(pid \\d+\\) exited with (\\d+)");
    for (std::sregex_iterator i(log.begin(), log.end(), exit), end; i != end; ++i) {
      ++denied.processes;
      denied.tries += std::stoull((*i)[1]);
    }
    std::smatch ready;
    EXPECT_TRUE(std::regex_search(log, ready, std::regex("ready, (\\d+) processes")));
    if (!ready.empty()) EXPECT_EQ(denied.processes, std::stoul(ready[1])) << log;
    return denied;
  }
  bool have_qemu() {
    const auto version = probes::process::run({"qemu-system-arm", "--version"}, 10s);
    return version && version->status == 0;
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("kernel-" + std::to_string(getpid()));
};

TEST_F(KernelTest, SuitePassesOnTheVirtualBoard) {
  passes("kernel", "prime");
}

TEST_F(KernelTest, SuitePassesOnQemu) {
  if (!have_qemu()) GTEST_SKIP() << "qemu-system-arm is not installed";
  passes("kernel", "imx6ul-evk");
}

TEST_F(KernelTest, NoProcessMayDoWhatItsManifestDoesNotGrant) {
  passes("kernel-matrix", "prime");
  const Denied virtual_board = denied("prime");
  EXPECT_GE(virtual_board.processes, 10u);
  EXPECT_GT(virtual_board.tries, 5000u);
  std::cout << virtual_board.processes << " processes tried " << virtual_board.tries
            << " things that they may not\n";
  if (!have_qemu()) GTEST_SKIP() << "qemu-system-arm is not installed";
  passes("kernel-matrix", "imx6ul-evk");
  const Denied qemu = denied("imx6ul-evk");
  EXPECT_EQ(qemu.processes, virtual_board.processes);
  EXPECT_EQ(qemu.tries, virtual_board.tries);
}

TEST_F(KernelTest, ABreakpointWithoutADebuggerEndsItsProcess) {
  if (!have_qemu()) GTEST_SKIP() << "qemu-system-arm is not installed";
  passes("kernel-breakpoint", "imx6ul-evk");
}

// tests_kernel_all
TEST_F(KernelTest, DISABLED_AllOfItPassesOnTheVirtualBoard) {
  passes("kernel-all", "prime");
}

TEST_F(KernelTest, DISABLED_AllOfItPassesOnQemu) {
  if (!have_qemu()) GTEST_SKIP() << "qemu-system-arm is not installed";
  passes("kernel-all", "imx6ul-evk");
}

// tests_kernel_pages_*
TEST_F(KernelTest, DISABLED_EveryPageOnTheVirtualBoard) {
  passes("kernel-pages", "prime");
}

TEST_F(KernelTest, DISABLED_EveryPageOnQemu) {
  if (!have_qemu()) GTEST_SKIP() << "qemu-system-arm is not installed";
  passes("kernel-pages", "imx6ul-evk");
}

TEST_F(KernelTest, DISABLED_EveryPageByTheOtherRolesOnQemu) {
  if (!have_qemu()) GTEST_SKIP() << "qemu-system-arm is not installed";
  passes("kernel-pages-roles", "imx6ul-evk");
}

}  // namespace
