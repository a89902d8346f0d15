// Driver for the DDR controller: brings DDR2 memory to life.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/result.h"
#include "drivers/mpddrc/mpddrc_regs.h"

namespace drivers::mpddrc {

/// A DDR2 chip, from its datasheet. Times in picoseconds, unless they say cycles.
struct Part {
  uint32_t columns = 0, rows = 0;  ///< address bits
  bool eight_banks = false, sixteen_bits = false;
  uint32_t cas_latency = 0;  ///< at our clock
  uint32_t ras = 0, rcd = 0, wr = 0, rc = 0, rp = 0, rrd = 0, wtr = 0, rfc = 0, rtp = 0, faw = 0;
  uint32_t xard_cycles = 0, xards_cycles = 0;
  uint32_t refresh = 0;  ///< average interval
};

/// Winbond W971GG6SB-25, 128 MiB: the chip inside the ATSAMA5D27C-D1G and D28C-D1G.
inline constexpr Part kW971gg6sb{.columns = 10,
                                 .rows = 13,
                                 .eight_banks = true,
                                 .sixteen_bits = true,
                                 .cas_latency = 3,
                                 .ras = 45'000,
                                 .rcd = 15'000,
                                 .wr = 15'000,
                                 .rc = 60'000,
                                 .rp = 15'000,
                                 .rrd = 10'000,
                                 .wtr = 7'500,
                                 .rfc = 127'500,
                                 .rtp = 7'500,
                                 .faw = 45'000,
                                 .xard_cycles = 2,
                                 .xards_cycles = 8,
                                 .refresh = 7'800'000};

class Mpddrc {
 public:
  /// `ram` is the memory's window. Its accesses must reach the controller one by one and in order
  /// (caches off). The clocks of the controller and of the memory must be on.
  Mpddrc(base::mmio::Block<Regs> regs, base::mmio::Region ram, base::Clock& clock)
      : regs_(regs), ram_(ram), clock_(clock) {}

  /// Takes the memory through its power-up sequence, with `hz` at its clock pins; its content is
  /// lost. kInvalid: the part cannot be run at that clock. kTimeout: the controller has no clock.
  /// Whether the memory then works only a test of it can tell.
  base::Result<void> start(const Part& part, uint32_t hz);

 private:
  base::Result<void> configure(const Part& part, uint32_t hz);
  void command(uint32_t mode, uint32_t bank = 0);
  void pause(base::Duration length);

  base::mmio::Block<Regs> regs_;
  base::mmio::Region ram_;
  base::Clock& clock_;
  unsigned bank_shift_ = 0;
};

}  // namespace drivers::mpddrc
