// Runs the real `hil` on the fake board, in a folder of its own.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "probes/process/child.h"

namespace hil::cmd {

class CmdTest : public testing::Test {
 protected:
  CmdTest() {
    std::filesystem::create_directories(folder_);
    std::filesystem::current_path(folder_);
    setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
    unsetenv("XDG_RUNTIME_DIR");
  }
  ~CmdTest() override {
    std::filesystem::current_path("/");
    std::filesystem::remove_all(folder_);
  }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  std::string read(const std::string& name) {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  nlohmann::json results(const std::string& out = "out") {
    return nlohmann::json::parse(read(out + "/results.json"), nullptr, false);
  }

  /// Writes fake.yaml: a board whose server is the fake one, behaving as told.
  void fake_board(const std::string& behaviour = "well", const std::string& more = "") {
    write("fake.yaml",
          "name: fake\nsoc: none\nflash: {kind: emmc, size: 1 MiB}\n"
          "console: {baud: 115200 Bd, limit: 4 MiB}\n"
          "openocd: {target: t, core: c, dap: d}\napplets: {ddr: a, flash: b}\n"
          "virtual: {model: fake, card: 1 MiB, program: [" HIL_FAKE_BOARD ", --behave, " +
              behaviour + "]}\n" + more);
  }

  struct Ended {
    int status = -1;
    std::string words{};
  };
  Ended hil(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), HIL_PROGRAM);
    auto done = probes::process::run(arguments, std::chrono::seconds(60));
    if (!done) return {-1, done.error().what};
    return {done->status, done->output};
  }
  /// Runs a script of these steps on fake.yaml.
  Ended run(const std::string& steps, std::vector<std::string> more = {}) {
    write("s.yaml", "name: test\nsteps:\n" + steps);
    std::vector<std::string> arguments = {"run",         "s.yaml", "--board",
                                          "./fake.yaml", "--out",  "out"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return hil(arguments);
  }

  static constexpr const char* kBoot =
      "  - power: cycle\n  - expect: {console: 'kernel: ready', within: 1 s}\n";
  static constexpr const char* kMeasure =
      "  - measure: {from: console, command: bench, until: 'bench: done', within: 5 s, series: "
      "[{name: kernel/null_call, unit: insn, samples: 200}]}\n";

  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("hil_cmd_" + std::to_string(getpid()));
};

}  // namespace hil::cmd
