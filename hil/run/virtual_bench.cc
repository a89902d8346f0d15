// A bench whose board is a process of ours.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "hil/board/paths.h"
#include "hil/board_link/virtual_board.h"
#include "hil/run/bench.h"
#include "hil/run/openocd_debugger.h"
#include "probes/openocd/adapter.h"
#include "probes/process/child.h"

namespace hil::run {
namespace {

using probes::Failure;
using probes::Milliseconds;
using probes::Outcome;
using namespace std::chrono_literals;

constexpr Milliseconds kStartLimit = 20s;
constexpr Milliseconds kQuitLimit = 3s;

/// A state folder of our own, removed with everything in it.
class ScratchFolder {
 public:
  static Outcome<ScratchFolder> make(const std::string& board) {
    // Short: a unix socket's path has 107 bytes.
    std::string pattern =
        (std::filesystem::temp_directory_path() / ("hil-" + board + "-XXXXXX")).string();
    if (!mkdtemp(pattern.data()))
      return Failure{"no folder " + pattern + " for the virtual board: " + strerror(errno)};
    return ScratchFolder(pattern);
  }
  ScratchFolder(ScratchFolder&& other) noexcept : path(std::exchange(other.path, {})) {}
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path.empty()) std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;

 private:
  explicit ScratchFolder(std::filesystem::path folder) : path(std::move(folder)) {}
};

std::string last_line_of(const std::filesystem::path& log) {
  std::ifstream file(log);
  std::string last;
  for (std::string line; std::getline(file, line);)
    if (!line.empty()) last = line;
  return last;
}

class VirtualReset final : public ResetLine {
 public:
  explicit VirtualReset(board_link::Link& link) : link_(link) {}
  Outcome<void> pulse() override { return link_.reset(); }

 private:
  board_link::Link& link_;
};

class VirtualCaches final : public Caches {
 public:
  explicit VirtualCaches(board_link::Link& link) : link_(link) {}
  Outcome<void> count() override { return link_.count_caches(); }

 private:
  board_link::Link& link_;
};

class VirtualBench final : public Bench {
 public:
  VirtualBench(const board::Board& board, std::optional<ScratchFolder> scratch,
               std::optional<board::Lock> lock, probes::process::Child process,
               std::unique_ptr<board_link::Link> link, probes::console::Sink* sink)
      : scratch_(std::move(scratch)),
        lock_(std::move(lock)),
        process_(std::move(process)),
        link_(std::move(link)),
        source_(*link_),
        power_(*link_),
        reset_(*link_),
        caches_(*link_),
        grant_(*link_),
        console_(source_, sink, {.total = board.console_limit}) {}

  void attach_probe(OpenOcdDebugger::Options options) {
    debugger_ = std::make_unique<OpenOcdDebugger>(std::move(options), grant_, &power_);
  }

  Rig rig() override {
    return {&power_, &console_, debugger_.get(), &reset_, debugger_.get(), &caches_};
  }

  std::string why_not(script::Port) const override {
    return "the virtual board's process offers no debug probe";
  }

  Outcome<void> make_safe() override {
    debugger_.reset();
    // A board that was killed is off; so is one that is about to be.
    if (process_.ended()) return {};
    link_->set_watchdog(kQuitLimit);
    const auto off = link_->power(false);
    if (off && link_->quit()) process_.stop(kQuitLimit);
    process_.stop();
    return off ? Outcome<void>() : Outcome<void>(off.error());
  }

 private:
  std::optional<ScratchFolder> scratch_;
  std::optional<board::Lock> lock_;
  probes::process::Child process_;
  std::unique_ptr<board_link::Link> link_;
  board_link::VirtualConsole source_;
  board_link::VirtualPower power_;
  VirtualReset reset_;
  VirtualCaches caches_;
  board_link::LinkGrant grant_;
  probes::console::Console console_;
  std::unique_ptr<OpenOcdDebugger> debugger_;
};

OpenOcdDebugger::Options debugger_options(const board::Board& board,
                                          const std::filesystem::path& probe,
                                          const std::filesystem::path& logs) {
  OpenOcdDebugger::Options options;
  options.config.adapter = board.virtual_board->adapter == "buspirate"
                               ? probes::openocd::virtual_buspirate(probe.string())
                               : probes::openocd::virtual_remote_bitbang(probe.string());
  options.config.target_file = board.openocd_target;
  options.config.target = board.openocd_core;
  options.config.dap = board.openocd_dap;
  options.config.idle_clocks = 0;  // a virtual debug bus is never busy
  options.config.log = logs / "openocd.log";
  options.applets = board::applets();
  options.ddr_applet = board.ddr_applet;
  options.flash_applet = board.flash_applet;
  return options;
}

}  // namespace

std::vector<std::string> server_command(const board::Board& board,
                                        const std::filesystem::path& state, uint64_t seed) {
  std::vector<std::string> command = board.virtual_board->program;
  if (command.empty()) {
    std::error_code error;
    command = {std::filesystem::read_symlink("/proc/self/exe", error).string(),
               "board",
               "run",
               board.file.string(),
               "--adapter",
               board.virtual_board->adapter,
               "--paused"};
  }
  for (const std::string& word :
       {std::string("--state"), state.string(), std::string("--seed"), std::to_string(seed)})
    command.push_back(word);
  return command;
}

Outcome<std::unique_ptr<Bench>> open_virtual(const board::Board& board,
                                             const VirtualOptions& options,
                                             probes::console::Sink* sink) {
  std::optional<ScratchFolder> scratch;
  std::optional<board::Lock> lock;
  std::filesystem::path state = options.state;
  if (state.empty()) {
    scratch.emplace(TRY(ScratchFolder::make(board.name)));
    state = scratch->path;
  } else {
    lock.emplace(TRY(board::Lock::take(state / "lock", options.purpose)));
  }
  const std::filesystem::path log = options.logs / "board.log";
  auto started = probes::process::Child::start(
      {.command = server_command(board, state, options.seed), .error_log = log.string()});
  if (!started) return Failure{"the virtual board: " + started.error().what};
  probes::process::Child process = *std::move(started);
  auto ready = process.read_line(kStartLimit);
  if (!ready) {
    const std::string words = last_line_of(log);
    return Failure{"the virtual board does not come up: " + ready.error().what +
                   (words.empty() ? "" : "; its last words: " + words)};
  }
  const auto json = nlohmann::json::parse(*ready, nullptr, false);
  if (!json.is_object() || !json.contains("control") || !json["control"].is_string())
    return Failure{"the virtual board said something else than that it is ready: " + *ready};
  auto link = TRY(board_link::Link::connect(json["control"].get<std::string>(),
                                            std::chrono::ceil<Milliseconds>(board.watchdog)));
  TRY(link->stepped(true));
  TRY(link->power(false));
  if (options.caches) TRY(link->count_caches());
  auto bench = std::make_unique<VirtualBench>(board, std::move(scratch), std::move(lock),
                                              std::move(process), std::move(link), sink);
  if (json.contains("probe") && json["probe"].is_string())
    bench->attach_probe(debugger_options(board, json["probe"].get<std::string>(), options.logs));
  return std::unique_ptr<Bench>(std::move(bench));
}

}  // namespace hil::run
