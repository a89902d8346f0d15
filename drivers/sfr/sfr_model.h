// The special function registers, with the wires that leave them.
#pragma once

#include <array>
#include <cstdint>

#include "drivers/apb/word_model.h"

namespace drivers::sfr {

/// What differs from one chip to the next.
struct Identity {
  uint32_t serial0 = 0x5a4d'0001;
  uint32_t serial1 = 0x5356'4d01;
  bool secure_mode = false;  ///< fused: interrupts cannot be redirected
};

class SfrModel final : public apb::WordModel {
 public:
  /// `redirected` (AICREDIR.NSAIC) belongs to aic::InterruptControllers::set_redirected().
  explicit SfrModel(base::model::Line& redirected, Identity identity = {});
  void reset();

  bool rom_hidden() const;
  bool sram_is_l2_cache() const;

 protected:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value) override;

 private:
  base::model::Line& redirected_;
  const Identity identity_;
  std::array<uint32_t, 0x98 / 4> words_{};
  unsigned wrong_keys_ = 0;
};

}  // namespace drivers::sfr
