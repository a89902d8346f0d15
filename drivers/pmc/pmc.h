// Driver for the clock tree.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/result.h"
#include "drivers/pmc/pmc_regs.h"

namespace drivers::pmc {

class Pmc {
 public:
  static constexpr uint32_t kCrystalHz = 24'000'000;
  static constexpr uint32_t kCpuHz = 492'000'000;
  static constexpr uint32_t kMckHz = 164'000'000;   ///< the 64-bit matrix and its peripherals
  static constexpr uint32_t kH32mxHz = 82'000'000;  ///< the 32-bit matrix and its peripherals
  static constexpr uint32_t kSlowHz = 32'768;

  Pmc(base::mmio::Block<Regs> regs, base::Clock& clock) : regs_(regs), clock_(clock) {}

  /// From whatever clocks are running to the rates above: crystal, PLLA, buses, and the DDR
  /// controller's clock on. `clock` must measure time however fast the processor runs.
  /// kTimeout: an oscillator or PLL did not start, or a switch was not acknowledged; the processor
  /// runs on the last source that did.
  base::Result<void> start_all();

  /// Opens a peripheral's bus clock. The PIO banks B to D share bank A's.
  void enable(unsigned peripheral);
  void disable(unsigned peripheral);
  bool enabled(unsigned peripheral) const;

  /// Gives `peripheral` a generic clock of `source` / `divider` (1..256), keeping its bus clock as
  /// it is. kInvalid: no such peripheral or divider. kTimeout: the clock did not settle.
  base::Result<void> enable_generic(unsigned peripheral, Regs::Pcr::Generic source,
                                    unsigned divider);
  void disable_generic(unsigned peripheral);

  void enable_ddr() { regs_.write(Regs::Scer::kDdr(true)); }

 private:
  base::Result<void> start_crystal();
  base::Result<void> start_plla();
  base::Result<void> change_master(base::mmio::Value<Regs::Mckr> value);
  base::mmio::Value<Regs::Pcr> look(unsigned peripheral) const;

  base::mmio::Block<Regs> regs_;
  base::Clock& clock_;
};

}  // namespace drivers::pmc
