// A noise source that is not one: words that look random and repeat exactly with their seed.
#pragma once

#include <cstdint>

#include "drivers/apb/word_model.h"

namespace drivers::trng {

/// What can be wrong with the source.
enum class Fault { kNone, kStalled, kStuck };

/// One word every 84 cycles while enabled; the words depend on the seed and on how many came
/// before, not on who looks. Never a source of secrets.
class TrngModel final : public apb::WordModel {
 public:
  TrngModel(base::model::World& world, base::model::ClockSource& clock,
            base::model::Line& interrupt, uint64_t seed = 1);
  ~TrngModel() override;
  void reset();

  bool enabled() const { return enabled_; }
  /// From now on: kStalled brings no more words, kStuck the same one for ever.
  void set_fault(Fault fault);

 protected:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value) override;

 private:
  void advance();
  void update();
  uint32_t word() const;

  base::model::World& world_;
  base::model::ClockSource& clock_;
  base::model::Line& interrupt_;
  const uint64_t seed_;
  apb::CycleCounter counter_;
  base::model::Event event_;
  uint64_t made_ = 0;  // words since power-on: a reset does not repeat the sequence
  Fault fault_ = Fault::kNone;
  bool enabled_ = false, ready_ = false, masked_in_ = false;
};

}  // namespace drivers::trng
