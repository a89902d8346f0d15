// hil board: the virtual board as a process, and what boards there are.
#include "fixtures/board/server.h"
#include "hil/board/paths.h"
#include "hil/board_link/link.h"
#include "hil/cmd/cmd.h"
#include "hil/cmd/common.h"
#include "hil/script/quantity.h"

namespace hil::cmd {
namespace {

struct ServerChoice {
  std::string board;
  std::string state;
  std::string adapter;
  uint64_t seed = 1;
  bool realtime = false;
  bool paused = false;
  bool caches = false;
};

int serve(const ServerChoice& choice) {
  auto board = board::load_board(choice.board);
  print(board.problems);
  if (!board.value) return kUsage;
  if (!board.value->virtual_board)
    return complain(kUsage, "board " + board.value->name + " is not a virtual one");
  const board::Board::Virtual& part = *board.value->virtual_board;
  return fixtures::board::run_board(
      {.model = part.model,
       .state = choice.state.empty() ? board::default_state(board.value->name)
                                     : std::filesystem::path(choice.state),
       .adapter = choice.adapter.empty() ? part.adapter : choice.adapter,
       .emmc_bytes = part.card_size,
       .seed = choice.seed,
       .realtime = choice.realtime,
       .stepped = choice.paused,
       .caches = choice.caches});
}

bool is_running(const std::string& name) {
  const auto socket = board::default_state(name) / "control.sock";
  return board_link::Link::connect(socket, std::chrono::seconds(2)).has_value();
}

int list() {
  for (const board::Found& found : board::find_boards()) {
    auto board = board::load_board(found.file.string());
    if (!board.value) {
      printf("%-12s cannot be read: %s\n", found.name.c_str(), board.problems[0].text().c_str());
      continue;
    }
    const bool is_virtual = board.value->virtual_board.has_value();
    printf("%-12s %-10s %s%s%s\n", found.name.c_str(), board.value->soc.c_str(),
           board.value->about.c_str(),
           is_virtual          ? " (virtual, or silicon with --bench)"
           : board.value->qemu ? " (QEMU)"
                               : "",
           is_virtual && is_running(found.name) ? ", running now" : "");
  }
  return kPassed;
}

int show(const std::string& name) {
  auto loaded = board::load_board(name);
  print(loaded.problems);
  if (!loaded.value) return kUsage;
  const board::Board& board = *loaded.value;
  printf("%s: %s\n", board.name.c_str(), board.about.c_str());
  printf("  file      %s\n  soc       %s\n", board.file.c_str(), board.soc.c_str());
  for (const auto& memory : board.memories)
    printf("  memory    %-8s 0x%08llx  %s\n", memory.name.c_str(),
           static_cast<unsigned long long>(memory.at), script::write_size(memory.size).c_str());
  printf("  flash     %s, %s\n", board.flash_kind.c_str(),
         script::write_size(board.flash_size).c_str());
  printf("  console   %u Bd\n  openocd   %s\n", board.baud,
         board.openocd_target.empty() ? "no debug access" : board.openocd_target.c_str());
  if (board.qemu)
    printf("  qemu      %s, image at 0x%08llx\n", board.qemu->machine.c_str(),
           static_cast<unsigned long long>(board.qemu->load_at));
  if (board.virtual_board)
    printf("  virtual   %s, card of %s, adapter %s, kept in %s\n",
           board.virtual_board->model.c_str(),
           script::write_size(board.virtual_board->card_size).c_str(),
           board.virtual_board->adapter.c_str(), board::default_state(board.name).c_str());
  return kPassed;
}

}  // namespace

void add_board(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("board", "Run a virtual board, or list and show boards");
  command->require_subcommand(1);

  auto* run = command->add_subcommand("run", "Serve a virtual board until told to quit");
  auto choice = std::make_shared<ServerChoice>();
  run->add_option("board", choice->board, "Its name or the path of its file")->required();
  run->add_option("--state", choice->state,
                  "Folder for its card and sockets (default: one in the cache folder)");
  run->add_option("--adapter", choice->adapter, "What OpenOCD finds")
      ->check(CLI::IsMember({"buspirate", "remote_bitbang"}));
  run->add_option("--seed", choice->seed, "Seed of its noise")->capture_default_str();
  run->add_flag("--realtime", choice->realtime, "Never run ahead of the wall clock");
  run->add_flag("--paused", choice->paused, "Virtual time passes only as it is granted");
  run->add_flag("--caches", choice->caches, "Cycles count what TLBs and caches cost; much slower");
  run->callback([choice, &action] { action = [choice] { return serve(*choice); }; });

  command->add_subcommand("list", "List the boards there are")->callback([&action] {
    action = list;
  });

  auto* shown = command->add_subcommand("show", "Show what a board is");
  auto name = std::make_shared<std::string>();
  shown->add_option("board", *name, "Its name or the path of its file")->required();
  shown->callback([name, &action] { action = [name] { return show(*name); }; });
}

}  // namespace hil::cmd
