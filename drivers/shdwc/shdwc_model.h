// The shutdown controller: one write takes the supplies away.
#pragma once

#include <cstdint>

#include "drivers/apb/word_model.h"

namespace drivers::shdwc {

/// In the backup area. `shutdown` goes high two slow clock cycles after the command and low at
/// power_on() or wake_up(); what goes without supply meanwhile is the board's affair.
class ShdwcModel final : public apb::WordModel {
 public:
  ShdwcModel(base::model::World& world, base::model::ClockSource& slow,
             base::model::Line& shutdown);
  ~ShdwcModel() override;
  void power_on();
  /// The wake-up pin (0) or the RTC. Ignored unless shut down and, for the RTC, enabled in SHDW_MR.
  enum class Source { kPin, kRtc };
  void wake_up(Source source);

 protected:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value) override;

 private:
  base::model::World& world_;
  base::model::ClockSource& slow_;
  base::model::Line& shutdown_;
  base::model::Event event_;
  uint32_t mode_ = 0, status_ = 0, inputs_ = 0;
};

}  // namespace drivers::shdwc
