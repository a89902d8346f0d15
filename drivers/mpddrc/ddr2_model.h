// A DDR2 chip's side of its initialisation: which command it wants next, and how long after the
// last. JESD79-2F, "Power-up and initialization sequence".
#pragma once

#include <cstdint>
#include <string>

#include "base/model/world.h"

namespace drivers::mpddrc {

/// What a chip is and needs. Times in nanoseconds unless they say cycles.
struct Ddr2Part {
  unsigned columns = 0, rows = 0, banks = 0,
           width = 0;        ///< address bits, address bits, count, bits
  unsigned cas_latency = 0;  ///< smallest that works at our clock
  double ras = 0, rcd = 0, wr = 0, rc = 0, rp = 0, rrd = 0, wtr = 0, rfc = 0, rtp = 0, faw = 0;
  unsigned mrd_cycles = 2, xp_cycles = 2, xsrd_cycles = 200;
  double refresh_interval = 0;
};

/// Winbond W971GG6SB (1 Gbit, x16), speed grade -25: the chip inside the D1G packages.
constexpr Ddr2Part w971gg6sb() {
  return {.columns = 10,
          .rows = 13,
          .banks = 8,
          .width = 16,
          .cas_latency = 3,
          .ras = 40,
          .rcd = 12.5,
          .wr = 15,
          .rc = 52.5,
          .rp = 12.5,
          .rrd = 10,
          .wtr = 7.5,
          .rfc = 127.5,
          .rtp = 7.5,
          .faw = 45,
          .refresh_interval = 7812.5};
}

class Ddr2Model {
 public:
  enum class Command : uint8_t { kNop, kPrechargeAll, kRefresh, kLoadMode };
  /// What a LOAD MODE command carries, as far as initialisation cares.
  struct Mode {
    unsigned bank = 0;
    bool dll_reset = false, dll_disabled = false;
    unsigned ocd = 0;
    unsigned cas_latency = 0;
  };

  explicit Ddr2Model(Ddr2Part part) : part_(part) {}

  /// Power off: everything is forgotten.
  void reset();
  /// `hz` is the clock at the chip's pins, not 0.
  void command(Command command, Mode mode, base::model::Time now, uint64_t hz);
  bool initialised() const { return step_ == Step::kDone; }
  /// Why it is not, for a person.
  std::string reason() const;
  const Ddr2Part& part() const { return part_; }

 private:
  enum class Step : uint8_t {  // what was done last
    kPowered,
    kClocked,
    kEnabled,
    kPrecharged,
    kMode2,
    kMode3,
    kMode1,
    kDllReset,
    kPrechargedAgain,
    kRefreshed,
    kRefreshedTwice,
    kModeSet,
    kOcdDefault,
    kDone
  };
  void load_mode(Mode mode);
  void step(Step next);
  void fail(std::string why);
  const char* wanted() const;

  Ddr2Part part_;
  Step step_ = Step::kPowered;
  base::model::Time now_ = 0, last_ = 0, not_before_ = 0, dll_reset_at_ = 0;
  uint64_t hz_ = 0;
  std::string failure_;
};

}  // namespace drivers::mpddrc
