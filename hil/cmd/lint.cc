// hil lint: everything that is wrong with scripts, without running them.
#include "hil/board/paths.h"
#include "hil/cmd/cmd.h"
#include "hil/cmd/common.h"
#include "hil/steps/steps.h"

namespace hil::cmd {
namespace {

int lint(const std::vector<std::string>& scripts, const std::string& board_name) {
  std::optional<script::BoardFacts> facts;
  std::filesystem::path artifacts = board::artifacts();
  if (!board_name.empty()) {
    auto board = board::load_board(board_name);
    print(board.problems);
    if (!board.value) return kUsage;
    facts = board::facts_of(*board.value, !board.value->virtual_board && !board.value->qemu);
    artifacts = board::artifacts(*board.value);
  }
  int status = kPassed;
  for (const std::string& file : scripts) {
    const auto parsed = script::read_script(
        {.file = file, .artifacts = artifacts, .board = facts ? &*facts : nullptr}, steps::all());
    print(parsed.problems);
    if (parsed.plan)
      printf("%s: %zu steps, nothing wrong\n", file.c_str(), parsed.plan->steps.size());
    else
      status = kUsage;
  }
  return status;
}

}  // namespace

void add_lint(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("lint", "Check scripts without running them");
  auto scripts = std::make_shared<std::vector<std::string>>();
  auto board = std::make_shared<std::string>();
  command->add_option("script", *scripts, "Scripts, YAML files")->required();
  command->add_option("--board", *board, "Check that images fit this board, too");
  command->callback(
      [scripts, board, &action] { action = [scripts, board] { return lint(*scripts, *board); }; });
}

}  // namespace hil::cmd
