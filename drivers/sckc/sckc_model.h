// Where the slow clock comes from.
#pragma once

#include <cstdint>

#include "drivers/apb/word_model.h"

namespace drivers::sckc {

struct Oscillators {
  uint64_t crystal_hz = 32'768;
  uint64_t rc_hz = 32'000;  ///< the 64 kHz oscillator halved
};

/// In the backup area: a reset of the chip leaves it alone. A switch takes five slow clock cycles,
/// and needs the crystal to have been running for its start-up time since power-on.
class SckcModel final : public apb::WordModel {
 public:
  explicit SckcModel(base::model::World& world, Oscillators oscillators = {});
  ~SckcModel() override;
  void power_on();

  base::model::ClockSource& slow() { return clock_; }

 protected:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value) override;

 private:
  struct Clock : base::model::ClockSource {
    uint64_t rate = 0;
    uint64_t hz() const override { return rate; }
    void set(uint64_t value) {
      if (rate == value) return;
      rate = value;
      changed();
    }
  };

  base::model::World& world_;
  const Oscillators oscillators_;
  base::model::Event event_;
  Clock clock_;
  bool crystal_ = false;
  base::model::Time powered_at_ = 0;
};

}  // namespace drivers::sckc
