// A bus matrix as boot code sees it: configuration that is kept, and the peripherals' security.
#pragma once

#include <array>
#include <cstdint>
#include <functional>

#include "drivers/apb/word_model.h"

namespace drivers::matrix {

enum class Kind { kMatrix0, kMatrix1 };

/// Keeps arbitration, regions and security settings, and enforces none of them: on the virtual
/// board every access is the secure world's. The one setting with an effect is a peripheral's
/// security, which decides its interrupt's way (see aic::InterruptControllers).
///
/// The reset values that the datasheet prints for MATRIX_SPSELR fit another chip's peripheral
/// identifiers. The model follows the rule beside them with this chip's table: writable and 0
/// (secure) for the peripherals of this matrix, read-only 1 for all others.
class MatrixModel final : public apb::WordModel {
 public:
  using SecurityListener = std::function<void(unsigned peripheral, bool secure)>;

  MatrixModel(Kind kind, SecurityListener listener);
  void reset();

 protected:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value) override;

 private:
  void select(unsigned index, uint32_t value);

  const Kind kind_;
  SecurityListener listener_;
  apb::WriteProtection protection_;
  std::array<uint32_t, 0x300 / 4> words_{};
  uint32_t error_mask_ = 0;
};

}  // namespace drivers::matrix
