// hil console: a person at a board's console.
#include <unistd.h>

#include "hil/board/lock.h"
#include "hil/board/paths.h"
#include "hil/board_link/virtual_board.h"
#include "hil/cmd/cmd.h"
#include "hil/cmd/common.h"
#include "hil/cmd/terminal.h"
#include "hil/script/quantity.h"
#include "probes/console/serial.h"
#include "probes/power/command.h"
#include "probes/process/child.h"
#include "probes/process/interrupt.h"

namespace hil::cmd {
namespace {

using probes::Failure;
using probes::Outcome;
using probes::console::Chunk;
using namespace std::chrono_literals;

constexpr char kLeave = 0x1d;  // Ctrl-]
constexpr const char* kGreeting = "[Ctrl-] leaves]\r\n";

/// Both ways of reaching a console, as a person needs them: what came, and what to send.
struct Line {
  std::function<Outcome<std::vector<Chunk>>()> read;
  std::function<Outcome<void>(std::string_view)> write;
};

/// Passes bytes both ways until the person leaves, the time is up, or input ended and no time was
/// given.
Outcome<void> talk(const Line& line, std::optional<probes::BoardTime> limit) {
  Terminal terminal;
  if (terminal.is_terminal()) terminal.write(kGreeting);
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::duration_cast<std::chrono::milliseconds>(limit.value_or(1000h));
  bool input = true;
  while (std::chrono::steady_clock::now() < end && !probes::process::interrupted()) {
    for (const Chunk& chunk : TRY(line.read())) terminal.write(chunk.bytes);
    if (!input) {
      usleep(20'000);
      continue;
    }
    const auto typed = terminal.read(20);
    if (!typed) {
      if (!limit) return {};
      input = false;
      continue;
    }
    const size_t leave = terminal.is_terminal() ? typed->find(kLeave) : std::string::npos;
    if (!typed->empty()) TRY(line.write(std::string_view(*typed).substr(0, leave)));
    if (leave != std::string::npos) return {};
  }
  return {};
}

Outcome<void> on_serial(const ChosenBoard& chosen, std::optional<probes::BoardTime> limit) {
  const auto lock =
      TRY(board::Lock::take(board::lock_folder() / (chosen.bench->name + ".lock"), "hil console"));
  if (chosen.bench->console.empty())
    return Failure{"bench " + chosen.bench->name + " has no serial console"};
  auto port = TRY(probes::console::SerialPort::open(chosen.bench->console, chosen.board.baud));
  return talk({[&]() -> Outcome<std::vector<Chunk>> {
                 return std::move(TRY(port->receive(probes::BoardTime(0))).chunks);
               },
               [&](std::string_view bytes) { return port->send(bytes); }},
              limit);
}

/// Talks to the board that runs in `state`, or runs one there, paced by the wall clock, until the
/// person leaves.
Outcome<void> on_virtual(const ChosenBoard& chosen, const std::filesystem::path& state,
                         uint64_t seed, std::optional<probes::BoardTime> limit, bool& interrupted) {
  const auto watchdog = std::chrono::ceil<probes::Milliseconds>(chosen.board.watchdog);
  std::optional<board::Lock> lock;
  std::optional<probes::process::Child> server;
  auto existing = board_link::Link::connect(state / "control.sock", watchdog);
  std::unique_ptr<board_link::Link> link;
  if (existing) {
    link = *std::move(existing);
  } else {
    lock.emplace(TRY(board::Lock::take(state / "lock", "hil console")));
    std::vector<std::string> command = run::server_command(chosen.board, state, seed);
    std::erase(command, "--paused");
    command.push_back("--realtime");
    server.emplace(TRY(probes::process::Child::start(
        {.command = command, .error_log = (state / "board.log").string()})));
    TRY(server->read_line(20s));
    link = TRY(board_link::Link::connect(state / "control.sock", watchdog));
    TRY(link->power(true));
  }
  auto talked = talk({[&] { return link->console_read(); },
                      [&](std::string_view bytes) { return link->console_write(bytes); }},
                     limit);
  interrupted = probes::process::interrupted();
  // A board of ours is switched off in order, so that its card keeps what it was told to keep.
  probes::process::clear_interrupt();
  if (server && link->power(false) && link->quit()) server->stop(3s);
  return talked;
}

int console(const BoardChoice& choice, const std::string& duration) {
  probes::process::watch_interrupts();
  const auto chosen = load(choice);
  if (!chosen) return kUsage;
  if (!chosen->bench && !chosen->board.virtual_board)
    return complain(kUsage,
                    "board " + chosen->board.name +
                        " keeps no image to start from; `hil run` a script that flashes it");
  std::optional<probes::BoardTime> limit;
  if (!duration.empty()) {
    auto read = script::read_duration(duration);
    if (!read) return complain(kUsage, "--for: " + read.error().what);
    limit = *read;
  }
  bool interrupted = false;
  const auto done = chosen->bench
                        ? on_serial(*chosen, limit)
                        : on_virtual(*chosen,
                                     choice.state.empty() ? board::default_state(chosen->board.name)
                                                          : std::filesystem::path(choice.state),
                                     choice.seed, limit, interrupted);
  if (interrupted || probes::process::interrupted()) return kInterrupted;
  return done ? kPassed : complain(kBenchFailed, done.error().what);
}

}  // namespace

void add_console(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("console", "Sit at a board's console; Ctrl-] leaves");
  auto choice = std::make_shared<BoardChoice>();
  auto duration = std::make_shared<std::string>();
  command->add_option("--board", choice->board, "A board's name or the path of its file")
      ->required();
  command->add_option("--bench", choice->bench,
                      "How the board is wired up; without it the board is a virtual one");
  command->add_option("--state", choice->state,
                      "Folder of the virtual board (default: one in the cache folder)");
  command->add_option("--for", *duration, "Leave after this long, for example `10 s`");
  command->callback([choice, duration, &action] {
    action = [choice, duration] { return console(*choice, *duration); };
  });
}

}  // namespace hil::cmd
