// The kernel's suite passes on the virtual board and on QEMU's i.MX 6UL, whose processor and
// interrupt controller nobody here wrote, and says the same on both.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "probes/process/child.h"

namespace {

using nlohmann::json;
using namespace std::chrono_literals;

const std::filesystem::path kRoot = TOUCHSTONE_ROOT;
constexpr auto kLimit = std::chrono::minutes(50);  // CTest's own comes first

class KernelTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* needed :
         {"images/touchstone-kernel.img", "images/imx6ul-evk/touchstone-kernel.img",
          "tests/kernel/qemu_loader.elf", "bringup/applets/emmc_flash.elf"})
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

}  // namespace
