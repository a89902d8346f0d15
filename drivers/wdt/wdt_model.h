// The watchdog: 12 bits at slow clock / 128, running from reset on.
#pragma once

#include <cstdint>

#include "drivers/apb/word_model.h"

namespace drivers::wdt {

class WdtModel final : public apb::WordModel {
 public:
  /// `fault` goes high when the chip is to be reset (WDRSTEN) and low at reset(); it belongs to
  /// RstcModel::watchdog_fault().
  WdtModel(base::model::World& world, base::model::ClockSource& slow, base::model::Line& interrupt,
           base::model::Line& fault);
  ~WdtModel() override;
  void reset();

  /// The core's state, for WDDBGHLT and WDIDLEHLT.
  void set_debug(bool halted);
  void set_idle(bool idle);  ///< cheap, for every WFI

 protected:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value) override;

 private:
  bool ticking() const;
  void advance();
  void restart();
  /// Counts on from the present value at the present rate.
  void resume();
  void raise(uint32_t status);
  bool disturbs();
  void update();

  base::model::World& world_;
  base::model::ClockSource& slow_;
  base::model::Line& interrupt_;
  base::model::Line& fault_;
  apb::CycleCounter counter_;
  base::model::Event event_;
  uint32_t mode_ = 0, status_ = 0;
  uint32_t left_ = 0;
  bool locked_ = false, debug_ = false, idle_ = false;
  base::model::Time guarded_until_ = 0;
};

}  // namespace drivers::wdt
