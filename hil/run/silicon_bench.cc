// A bench that holds a piece of silicon, wired up as its bench file says.
#include "hil/board/paths.h"
#include "hil/run/bench.h"
#include "hil/run/openocd_debugger.h"
#include "probes/console/serial.h"
#include "probes/openocd/adapter.h"
#include "probes/power/command.h"

namespace hil::run {
namespace {

using probes::Failure;
using probes::Milliseconds;
using probes::Outcome;

/// Silicon's counter counts what its caches do.
class RealCaches final : public Caches {
 public:
  Outcome<void> count() override { return {}; }
};

class SiliconBench final : public Bench {
 public:
  SiliconBench(board::Lock lock, const board::Bench& wiring)
      : lock_(std::move(lock)), wiring_(wiring) {}

  Outcome<void> open(const board::Board& board, const std::filesystem::path& logs,
                     probes::console::Sink* sink) {
    if (!wiring_.power_on.empty()) {
      power_.emplace(probes::power::CommandPower::Commands{
          .on = wiring_.power_on,
          .off = wiring_.power_off,
          .limit = std::chrono::ceil<Milliseconds>(wiring_.power_limit)});
      TRY(power_->off());
    }
    if (!wiring_.console.empty()) {
      serial_ = TRY(probes::console::SerialPort::open(wiring_.console, board.baud));
      console_.emplace(*serial_, sink,
                       probes::console::Console::Limits{.total = board.console_limit});
    }
    if (!wiring_.probe.empty()) {
      OpenOcdDebugger::Options options;
      options.config.adapter = TRY(probes::openocd::silicon(wiring_.probe, wiring_.probe_serial));
      options.config.target_file = board.openocd_target;
      options.config.target = board.openocd_core;
      options.config.dap = board.openocd_dap;
      options.config.log = logs / "openocd.log";
      options.applets = board::applets();
      options.ddr_applet = board.ddr_applet;
      options.flash_applet = board.flash_applet;
      debugger_.emplace(std::move(options), time_, power_ ? &*power_ : nullptr);
    }
    return {};
  }

  Rig rig() override {
    return {power_ ? &*power_ : nullptr,       console_ ? &*console_ : nullptr,
            debugger_ ? &*debugger_ : nullptr, debugger_ ? &*debugger_ : nullptr,
            debugger_ ? &*debugger_ : nullptr, &caches_};
  }

  std::string why_not(script::Port port) const override {
    switch (port) {
      case script::kPower:
        return "bench " + wiring_.name + " cannot switch the supply";
      case script::kConsole:
        return "bench " + wiring_.name + " has no serial console";
      case script::kDebug:
        return "bench " + wiring_.name + " has no debug probe";
      case script::kFlash:
        return "bench " + wiring_.name + " has no debug probe to write the flash with";
      case script::kReset:
        return "bench " + wiring_.name + " has no debug probe to pull the reset line with";
      case script::kCaches:
        return "";  // every bench has it
    }
    __builtin_unreachable();
  }

  Outcome<void> make_safe() override {
    debugger_.reset();
    return power_ ? power_->off() : Outcome<void>();
  }

 private:
  board::Lock lock_;
  board::Bench wiring_;
  probes::FreeRunning time_;
  std::optional<probes::power::CommandPower> power_;
  std::unique_ptr<probes::console::SerialPort> serial_;
  std::optional<probes::console::Console> console_;
  std::optional<OpenOcdDebugger> debugger_;
  RealCaches caches_;
};

}  // namespace

Outcome<std::unique_ptr<Bench>> open_silicon(const board::Board& board, const board::Bench& wiring,
                                             const std::filesystem::path& logs,
                                             const std::string& purpose,
                                             probes::console::Sink* sink) {
  if (wiring.board != board.name)
    return Failure{"bench " + wiring.name + " holds the board `" + wiring.board + "`, not `" +
                   board.name + "`"};
  auto lock = TRY(board::Lock::take(board::lock_folder() / (wiring.name + ".lock"), purpose));
  auto bench = std::make_unique<SiliconBench>(std::move(lock), wiring);
  TRY(bench->open(board, logs, sink));
  return std::unique_ptr<Bench>(std::move(bench));
}

}  // namespace hil::run
