// The debugger that steps use, held by OpenOCD. OpenOCD is started by the first step that needs it.
#pragma once

#include <memory>
#include <string>

#include "hil/board/board.h"
#include "hil/run/debugger.h"
#include "hil/run/rig.h"
#include "probes/openocd/openocd.h"
#include "probes/power/power.h"
#include "probes/time_grant.h"

namespace hil::run {

class OpenOcdDebugger final : public Debugger, public Flasher, public ResetLine {
 public:
  struct Options {
    probes::openocd::Config config{};
    std::filesystem::path applets{};  ///< folder of the built applets
    std::string ddr_applet{}, flash_applet{};
  };
  OpenOcdDebugger(Options options, probes::TimeGrant& time, probes::power::Power* power)
      : options_(std::move(options)), time_(time), power_(power) {}

  void target_changed() override { changed_ = true; }
  probes::Outcome<void> halt() override;
  probes::Outcome<void> resume() override;
  probes::Outcome<std::vector<uint32_t>> read(uint32_t address, unsigned count,
                                              unsigned width) override;
  probes::Outcome<void> write(uint32_t address, const std::vector<uint32_t>& values,
                              unsigned width) override;
  probes::Outcome<bool> verify(const std::filesystem::path& file, uint32_t address) override;
  probes::Outcome<uint32_t> register_value(std::string_view name) override;
  /// Leaves the core halted.
  probes::Outcome<FlashFigures> flash(const std::filesystem::path& image,
                                      const Progress& progress) override;

  /// Pulses SRST and lets the board run.
  probes::Outcome<void> pulse() override;

 private:
  /// OpenOCD, running; what it knows of the core may be old.
  probes::Outcome<probes::openocd::OpenOcd*> open();
  /// The same, and it has looked at the core since power or reset changed it.
  probes::Outcome<probes::openocd::OpenOcd*> attach();

  Options options_;
  probes::TimeGrant& time_;
  probes::power::Power* power_;
  std::unique_ptr<probes::openocd::OpenOcd> openocd_;
  bool changed_ = false;
};

}  // namespace hil::run
