#include "hil/cmd/common.h"

#include <cstdio>
#include <fstream>

#include "probes/console/text.h"

namespace hil::cmd {
namespace {

std::string line_of(const std::string& file, int number) {
  std::ifstream stream(file);
  std::string line;
  for (int i = 0; i < number; ++i)
    if (!std::getline(stream, line)) return "";
  return line;
}

}  // namespace

int complain(int status, const std::string& what) {
  fprintf(stderr, "hil: %s\n", what.c_str());
  return status;
}

void print(const std::vector<script::Problem>& problems) {
  for (const script::Problem& problem : problems) {
    fprintf(stderr, "%s\n", problem.text().c_str());
    if (problem.mark.line == 0) continue;
    const std::string line = line_of(problem.file, problem.mark.line);
    if (line.empty() || line.size() > 200) continue;
    const size_t column = static_cast<size_t>(std::max(problem.mark.column, 1)) - 1;
    fprintf(stderr, "  | %s\n  | %s^\n", probes::console::printable(line).c_str(),
            std::string(column, ' ').c_str());
  }
}

std::optional<ChosenBoard> load(const BoardChoice& choice) {
  auto board = board::load_board(choice.board);
  print(board.problems);
  if (!board.value) return {};
  ChosenBoard chosen{*board.value, {}};
  if (!choice.qemu_arguments.empty() && (!chosen.board.qemu || !choice.bench.empty())) {
    complain(kUsage, "--qemu-argument is for boards that run on QEMU, which " + chosen.board.name +
                         " does not; leave it out");
    return {};
  }
  if (!choice.bench.empty()) {
    auto bench = board::load_bench(choice.bench);
    print(bench.problems);
    if (!bench.value) return {};
    chosen.bench = *bench.value;
    if (!choice.state.empty()) {
      complain(kUsage, "--state is for virtual boards; leave it out with --bench");
      return {};
    }
  } else if (!chosen.board.virtual_board && chosen.board.qemu) {
    if (!choice.state.empty()) {
      complain(kUsage,
               "--state is for boards that keep something; leave it out with " + chosen.board.name);
      return {};
    }
  } else if (!chosen.board.virtual_board) {
    complain(kUsage, "board " + chosen.board.name +
                         " is not a virtual one; say how it is wired up with --bench FILE");
    return {};
  }
  return chosen;
}

run::OpenBench opener(const ChosenBoard& chosen, const BoardChoice& choice,
                      const std::filesystem::path& logs, const std::string& purpose) {
  return [chosen, choice, logs, purpose](probes::console::Sink* sink) {
    if (chosen.bench) return run::open_silicon(chosen.board, *chosen.bench, logs, purpose, sink);
    if (!chosen.board.virtual_board)
      return run::open_qemu(chosen.board,
                            {.logs = logs, .seed = choice.seed, .arguments = choice.qemu_arguments},
                            sink);
    return run::open_virtual(chosen.board,
                             {.state = choice.state,
                              .logs = logs,
                              .seed = choice.seed,
                              .caches = choice.caches,
                              .purpose = purpose},
                             sink);
  };
}

}  // namespace hil::cmd
