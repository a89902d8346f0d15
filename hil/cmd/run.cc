// hil run: a script on a board.
#include <sys/random.h>

#include "hil/board/paths.h"
#include "hil/cmd/cmd.h"
#include "hil/cmd/common.h"
#include "hil/record/files.h"
#include "hil/run/tools.h"
#include "hil/steps/steps.h"
#include "probes/process/interrupt.h"

namespace hil::cmd {
namespace {

struct RunChoice {
  BoardChoice board;
  std::string script;
  std::string out;
  bool allow_skips = false;
};

std::string fresh_run_id() {
  uint64_t value = 0;
  if (getrandom(&value, sizeof value, 0) != sizeof value) value = static_cast<uint64_t>(getpid());
  char text[32];
  snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

int run_script(const RunChoice& choice) {
  probes::process::watch_interrupts();
  const auto chosen = load(choice.board);
  if (!chosen) return kUsage;
  if (choice.board.caches && !chosen->bench && !chosen->board.virtual_board)
    return complain(kUsage, "--caches: board " + chosen->board.name +
                                " runs on QEMU, which counts instructions and knows no caches");
  const script::BoardFacts facts = board::facts_of(chosen->board, chosen->bench.has_value());
  const auto parsed = script::read_script(
      {.file = choice.script, .artifacts = board::artifacts(chosen->board), .board = &facts},
      steps::all());
  print(parsed.problems);
  if (!parsed.plan) return kUsage;

  const std::filesystem::path folder =
      choice.out.empty()
          ? std::filesystem::path("out") / std::filesystem::path(choice.script).stem()
          : std::filesystem::path(choice.out);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return complain(error.value() == ENOSPC ? kBenchFailed : kUsage,
                    "--out " + folder.string() + " cannot be made: " + error.message());

  record::Results results = run::planned_results(*parsed.plan);
  results.script_sha256 = record::sha256_of_file(choice.script);
  results.board = chosen->board.name;
  results.soc = chosen->board.soc;
  results.backend = chosen->bench ? "silicon" : chosen->board.virtual_board ? "virtual" : "qemu";
  results.bench = chosen->bench ? chosen->bench->name : "";
  results.seed = choice.board.seed;
  results.caches = choice.board.caches;
  results.run_id = fresh_run_id();
  results.tools = run::tool_versions();
  run::Display display(stdout);
  run::Recorder recorder(folder, std::move(results), display);
  return run::run_plan(*parsed.plan,
                       opener(*chosen, choice.board, folder, "hil run " + choice.script), recorder,
                       display, choice.allow_skips);
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("run", "Run a script on a board and leave a report");
  auto choice = std::make_shared<RunChoice>();
  command->add_option("script", choice->script, "The script, a YAML file")->required();
  command->add_option("--board", choice->board.board, "A board's name or the path of its file")
      ->required();
  command->add_option("--out", choice->out, "Folder for the results (default: out/<script>)");
  command->add_option("--bench", choice->board.bench,
                      "How the board is wired up; without it the board is a virtual one");
  command->add_option("--state", choice->board.state,
                      "Folder that keeps the virtual board's card (default: a fresh board)");
  command->add_option("--seed", choice->board.seed, "Seed of the virtual board's noise")
      ->capture_default_str();
  command
      ->add_option("--qemu-argument", choice->board.qemu_arguments,
                   "One more argument for the QEMU of a QEMU board; may be repeated, and is "
                   "written --qemu-argument=-plugin when it begins with a dash")
      ->allow_extra_args(false);
  command->add_flag(
      "--caches", choice->board.caches,
      "Cycles count what TLBs and caches cost from the start, as silicon's always do; "
      "the virtual board is much slower then");
  command->add_flag("--allow-skips", choice->allow_skips,
                    "Exit with 0 although steps were skipped for want of something on the bench");
  command->callback([choice, &action] { action = [choice] { return run_script(*choice); }; });
}

}  // namespace hil::cmd
