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
#include <vector>

#include "kernel/abi/layout.h"
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
          "images/touchstone-matrix.img", "images/touchstone-mortal.img",
          "tests/kernel/qemu_loader.elf", "bringup/applets/emmc_flash.elf"})
      if (!std::filesystem::exists(kRoot / "build/device" / needed))
        GTEST_SKIP() << needed << " is not built: ./rig build device";
    std::filesystem::create_directories(folder_);
    setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// `board`: its name, or its file.
  void passes(const std::string& scenario, const std::filesystem::path& board, unsigned seed = 1) {
    const std::string out = board.stem();
    auto done = probes::process::run(
        {HIL_PROGRAM, "run", (kRoot / "tests/scenarios" / (scenario + ".yaml")).string(), "--board",
         board.string(), "--seed", std::to_string(seed), "--out", (folder_ / out).string()},
        kLimit);
    ASSERT_TRUE(done) << done.error().what;
    EXPECT_EQ(done->status, 0) << done->output;
    const json results = json::parse(read(out + "/results.json"), nullptr, false);
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
  /// Where things lie in the subjects, by the order in which kernel-layout.yaml has them said: an
  /// area and the first address.
  struct Place {
    std::string area;
    uint32_t begin = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };
  std::vector<Place> layout(const std::filesystem::path& board, unsigned seed = 1) {
    passes("kernel-layout", board, seed);
    const std::string log = read(board.stem() / "console.log");
    std::vector<Place> places;
    const std::regex line("suite: stage: ([a-z']+) 0x([0-9a-f]{8}) 0x[0-9a-f]{8}");
    for (std::sregex_iterator i(log.begin(), log.end(), line), end; i != end; ++i)
      places.push_back({(*i)[1], static_cast<uint32_t>(std::stoul((*i)[2], nullptr, 16))});
    EXPECT_EQ(places.size(), 4u * 4 + 2) << log;
    return places;
  }
  static void expect_all_different(const std::vector<Place>& a, const std::vector<Place>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].area, b[i].area);
      EXPECT_NE(a[i].begin, b[i].begin) << a[i].area << " of subject " << i / 4 + 1;
    }
    // Nor do processes resemble each other.
    for (size_t i = 0; i < 16; ++i)
      for (size_t j = i % 4; j < i; j += 4) EXPECT_NE(a[i].begin, a[j].begin) << a[i].area;
  }
  /// The board imx6ul-evk with a loader that has another seed.
  std::filesystem::path board_with(const std::string& loader) {
    std::ifstream in(kRoot / "bringup/boards/imx6ul-evk.yaml");
    std::string text{std::istreambuf_iterator<char>(in), {}};
    const std::string usual = "qemu_loader.elf";
    const size_t at = text.find(usual);
    EXPECT_NE(at, std::string::npos);
    if (at != std::string::npos) text.replace(at, usual.size(), loader + ".elf");
    const auto file = folder_ / (loader + ".yaml");
    std::ofstream(file) << text;
    return file;
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

TEST_F(KernelTest, EveryServerMayDieOfAnythingWithCallsAndLoansOpen) {
  const std::string all = "exited with " + std::to_string(14 * 19);  // servers, kinds of fault
  passes("kernel-mortal", "prime");
  EXPECT_THAT(read("prime/console.log"), testing::HasSubstr(all));
  if (!have_qemu()) GTEST_SKIP() << "qemu-system-arm is not installed";
  passes("kernel-mortal", "imx6ul-evk");
  EXPECT_THAT(read("imx6ul-evk/console.log"), testing::HasSubstr(all));
}

TEST_F(KernelTest, TheSeedDecidesWhereThingsLieOnTheVirtualBoard) {
  const auto one = layout("prime", 1);
  EXPECT_EQ(layout("prime", 1), one);
  expect_all_different(one, layout("prime", 2));
}

TEST_F(KernelTest, TheSeedDecidesWhereThingsLieOnQemu) {
  if (!have_qemu()) GTEST_SKIP() << "qemu-system-arm is not installed";
  const auto one = layout("imx6ul-evk");
  EXPECT_EQ(layout("imx6ul-evk"), one);
  expect_all_different(one, layout(board_with("qemu_loader_other_seed")));
  // Without one, everything is where its area begins.
  const auto none = layout(board_with("qemu_loader_no_seed"));
  ASSERT_EQ(none.size(), one.size());
  for (size_t i = 0; i < none.size(); ++i) {
    const auto& [area, begin] = none[i];
    if (area == "text") EXPECT_EQ(begin, kernel::abi::kImageBase);
    if (area == "heap") EXPECT_EQ(begin & ~0xf'ffffu, kernel::abi::kHeapBase);
    if (area == "arguments") EXPECT_EQ(begin, kernel::abi::kArgumentsBase);
    EXPECT_EQ(begin, none[i < 16 ? i % 4 : i].begin) << area << ": the same in each process";
  }
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
TEST_F(KernelTest, DISABLED_EveryPageBeforeOnTheVirtualBoard) {
  passes("kernel-pages-before", "prime");
}

TEST_F(KernelTest, DISABLED_EveryPageDuringOnTheVirtualBoard) {
  passes("kernel-pages-during", "prime");
}

TEST_F(KernelTest, DISABLED_EveryPageAfterOnTheVirtualBoard) {
  passes("kernel-pages-after", "prime");
}

TEST_F(KernelTest, DISABLED_EveryPageBeforeOnQemu) {
  if (!have_qemu()) GTEST_SKIP() << "qemu-system-arm is not installed";
  passes("kernel-pages-before", "imx6ul-evk");
}

TEST_F(KernelTest, DISABLED_EveryPageDuringOnQemu) {
  if (!have_qemu()) GTEST_SKIP() << "qemu-system-arm is not installed";
  passes("kernel-pages-during", "imx6ul-evk");
}

TEST_F(KernelTest, DISABLED_EveryPageAfterOnQemu) {
  if (!have_qemu()) GTEST_SKIP() << "qemu-system-arm is not installed";
  passes("kernel-pages-after", "imx6ul-evk");
}

TEST_F(KernelTest, DISABLED_EveryPageByTheOtherRolesOnQemu) {
  if (!have_qemu()) GTEST_SKIP() << "qemu-system-arm is not installed";
  passes("kernel-pages-roles", "imx6ul-evk");
}

}  // namespace
