// The SAMA5D2's DDR controller with a DDR2 chip behind it: memory is there only once software has
// brought both up the way the datasheets demand.
//
// Not modelled: arbitration and its statistics, low-power modes, the quality of the read data path
// (shift sampling, I/O calibration): their registers hold what is written.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "base/mmio/register.h"
#include "base/model/world.h"
#include "drivers/mpddrc/ddr2_model.h"

namespace drivers::mpddrc {

class MpddrcModel : public base::mmio::Model {
 public:
  /// `bus` is the peripheral clock of PID 13, `ddr` the DDRCK system clock (PMC_SCER.DDRCK), at the
  /// master clock's rate; either at 0 Hz: no memory.
  MpddrcModel(base::model::World& world, base::model::ClockSource& bus,
              base::model::ClockSource& ddr, Ddr2Part part = w971gg6sb());

  uint32_t load(uint32_t offset, unsigned width) override;
  void store(uint32_t offset, uint32_t value, unsigned width) override;

  /// Reset of the controller; the chip, left without refresh, forgets as well.
  void reset();

  /// The memory may be mapped: reads and writes reach the cells.
  bool ready() const { return ready_; }
  /// Why not, in a sentence for the log; empty while ready.
  std::string reason() const;
  /// Called with the new state whenever ready() changes.
  void on_change(std::function<void(bool)> listener) { listener_ = std::move(listener); }
  /// To be called when a clock was switched or changed its rate.
  void clocks_changed() { update(); }

  /// An access to the memory's window while not ready(): how software issues commands to the chip.
  /// `offset` counts from the window's base. False: the access faults.
  bool access(uint32_t offset, bool write);

 private:
  unsigned bank_of(uint32_t offset) const;
  std::string configuration_problem() const;
  void update();
  uint32_t reg(uint32_t offset) const { return regs_[offset / 4]; }

  base::model::World& world_;
  base::model::ClockSource& bus_;
  base::model::ClockSource& ddr_;
  Ddr2Model chip_;
  std::array<uint32_t, 64> regs_{};
  bool protected_ = false;
  bool normal_ = false;  // the normal mode command was acknowledged by a write
  bool ready_ = false;
  std::function<void(bool)> listener_;
};

}  // namespace drivers::mpddrc
