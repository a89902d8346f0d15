// The periodic interval timer, computed from virtual time when somebody looks.
#pragma once

#include <cstdint>

#include "drivers/apb/word_model.h"

namespace drivers::pit {

class PitModel final : public apb::WordModel {
 public:
  /// `clock` is the bus clock that the block divides by 16 (on this chip that of the 32-bit
  /// matrix).
  PitModel(base::model::World& world, base::model::ClockSource& clock,
           base::model::Line& interrupt);
  ~PitModel() override;
  void reset();

 protected:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value) override;

 private:
  /// Brings count and periods up to now.
  void advance();
  /// Drives the interrupt and arms the event of the next one.
  void update();
  uint32_t value() const { return (periods_ & 0xfff) << 20 | count_; }

  base::model::World& world_;
  base::model::ClockSource& clock_;
  base::model::Line& interrupt_;
  apb::CycleCounter counter_;
  base::model::Event event_;
  uint32_t mode_ = 0;
  uint32_t count_ = 0;
  uint32_t periods_ = 0;
  bool elapsed_ = false;
  bool running_ = false;  // also the last period after the enable was cleared
};

}  // namespace drivers::pit
