// What several subcommands share.
#pragma once

#include <optional>
#include <string>

#include "hil/board/board.h"
#include "hil/run/runner.h"

namespace hil::cmd {

inline constexpr int kPassed = 0, kFailed = 1, kUsage = 2, kBenchFailed = 75, kInterrupted = 130;

/// `--board`, `--bench`, `--state` and the like as they were given.
struct BoardChoice {
  std::string board{"prime"};
  std::string bench{};
  std::string state{};
  uint64_t seed = 1;
  std::vector<std::string> qemu_arguments{};  ///< added to the command line of a QEMU board
  bool caches = false;                        ///< cycles of a virtual board count its caches
};

/// The files behind a choice, read.
struct ChosenBoard {
  board::Board board{};
  std::optional<board::Bench> bench{};
};

/// Prints what is wrong and yields nothing when the files cannot be used.
std::optional<ChosenBoard> load(const BoardChoice& choice);

/// Prints problems to stderr, with the lines that they are about.
void print(const std::vector<script::Problem>& problems);

/// "hil: what" on stderr; yields `status`.
int complain(int status, const std::string& what);

/// How to open what was chosen. Without `--state`, a virtual board is a fresh one, gone afterwards.
run::OpenBench opener(const ChosenBoard& chosen, const BoardChoice& choice,
                      const std::filesystem::path& logs, const std::string& purpose);

}  // namespace hil::cmd
