// The reset controller: collects what wants a reset, resets the chip, remembers why.
#pragma once

#include <cstdint>

#include "drivers/apb/word_model.h"
#include "drivers/rstc/rstc_regs.h"

namespace drivers::rstc {

/// `reset_line` is the reset that all other blocks and the core see: high while they are held in
/// it. The board resets core and models (this one included) when it rises and lets the core run
/// when it falls. It may rise in the middle of a register access.
class RstcModel final : public apb::WordModel {
 public:
  RstcModel(base::model::World& world, base::model::ClockSource& slow, base::model::Line& interrupt,
            base::model::Line& reset_line);
  ~RstcModel() override;

  /// The supply came up: everything here starts anew, the type included. No pulse on the line.
  void power_on();
  /// Any reset of the chip: this block lives in the backup area and keeps mode and type.
  void reset();

  void watchdog_fault() { request(Reset::kWatchdog); }
  void wake_up() { request(Reset::kWakeUp); }
  /// The NRST pin. It rests high.
  void set_nrst(bool level);

  Reset last() const { return type_; }

 protected:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value) override;

 private:
  void request(Reset type);
  void assert_reset(Reset type);
  base::model::Time slow_cycles(uint64_t cycles) const;
  void update();

  base::model::World& world_;
  base::model::ClockSource& slow_;
  base::model::Line& interrupt_;
  base::model::Line& line_;
  base::model::Event assert_event_, release_event_;
  uint32_t mode_ = 1;
  Reset type_ = Reset::kPowerOn, requested_ = Reset::kPowerOn;
  bool pin_ = true, user_seen_ = false;
};

}  // namespace drivers::rstc
