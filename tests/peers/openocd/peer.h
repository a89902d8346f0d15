// What the judges of the debug hardware have in common.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "probes/openocd/openocd.h"
#include "tests/peers/openocd/mini_board.h"

namespace tests::peers {

inline bool installed(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

/// A mini board with the stock OpenOCD holding it; skips where there is no OpenOCD.
class PeerTest : public testing::Test {
 protected:
  void hold(MiniBoard::Probe probe, std::optional<uint16_t> gdb_port = {}) {
    if (!installed("openocd")) GTEST_SKIP() << "openocd is not installed";
    folder_ = std::filesystem::temp_directory_path() / ("peer." + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
    board = std::make_unique<MiniBoard>(probe);
    probes::openocd::Config config;
    config.adapter = board->adapter();
    config.idle_clocks = 0;
    config.gdb_port = gdb_port;
    config.log = folder_ / "openocd.log";
    auto started = probes::openocd::OpenOcd::start(config);
    ASSERT_TRUE(started) << started.error().what;
    openocd = *std::move(started);
  }
  void TearDown() override {
    openocd.reset();  // says goodbye to the probe while it is still served
    board.reset();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }
  const std::filesystem::path& folder() const { return folder_; }

  std::unique_ptr<MiniBoard> board;
  std::unique_ptr<probes::openocd::OpenOcd> openocd;

 private:
  std::filesystem::path folder_;
};

/// A step of the way that must succeed.
#define OK(expression)                                                   \
  do {                                                                   \
    const auto& outcome = (expression);                                  \
    ASSERT_TRUE(outcome) << #expression << ": " << outcome.error().what; \
  } while (false)

}  // namespace tests::peers
