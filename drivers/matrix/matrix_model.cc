#include "drivers/matrix/matrix_model.h"

#include "drivers/matrix/matrix_regs.h"

namespace drivers::matrix {
namespace {

/// Peripherals of MATRIX0, by identifier. All others are on MATRIX1.
constexpr uint32_t kMatrix0Peripherals[3] = {
    1u << 6 | 1u << 7 | 1u << 9 | 1u << 10 | 1u << 12 | 1u << 13 | 1u << 15 | 1u << 31,
    1u << (32 - 32) | 1u << (45 - 32) | 1u << (46 - 32) | 1u << (52 - 32) | 1u << (53 - 32) |
        1u << (63 - 32),
    1u << (71 - 64) | 1u << (72 - 64),
};

uint32_t own_peripherals(Kind kind, unsigned index) {
  return kind == Kind::kMatrix0 ? kMatrix0Peripherals[index] : ~kMatrix0Peripherals[index];
}

constexpr bool within(uint32_t offset, uint32_t first, uint32_t end) {
  return offset >= first && offset < end;
}

}  // namespace

MatrixModel::MatrixModel(Kind kind, SecurityListener listener)
    : kind_(kind), listener_(std::move(listener)), protection_(Regs::Wpmr::kPassword) {
  reset();
}

void MatrixModel::reset() {
  protection_.reset();
  error_mask_ = 0;
  words_.fill(0);
  for (unsigned i = 0; i < Regs::Mcfg::kCount; ++i) words_[Regs::Mcfg::kOffset / 4 + i] = 0x4;
  for (unsigned i = 0; i < Regs::Scfg::kCount; ++i) words_[Regs::Scfg::kOffset / 4 + i] = 0x1ff;
  for (unsigned i = 0; i < Regs::Spselr::kCount; ++i)
    words_[Regs::Spselr::kOffset / 4 + i] = ~own_peripherals(kind_, i);
}

void MatrixModel::select(unsigned index, uint32_t value) {
  uint32_t& word = words_[Regs::Spselr::kOffset / 4 + index];
  const uint32_t own = own_peripherals(kind_, index);
  const uint32_t differs = (word ^ value) & own;
  word = (value & own) | ~own;
  if (!listener_) return;
  for (unsigned bit = 0; bit < 32; ++bit)
    if (differs >> bit & 1) listener_(32 * index + bit, !(value >> bit & 1));
}

uint32_t MatrixModel::read_word(uint32_t offset) {
  switch (offset) {
    case Regs::Meimr::kOffset:
      return error_mask_;
    case Regs::Wpmr::kOffset:
      return protection_.mode();
    case Regs::Wpsr::kOffset:
      return protection_.take_status();
    default:
      return offset / 4 < words_.size() ? words_[offset / 4] : 0;
  }
}

void MatrixModel::write_word(uint32_t offset, uint32_t value) {
  if (offset == Regs::Wpmr::kOffset) return protection_.write_mode(value);
  if (offset == Regs::Meier::kOffset) error_mask_ |= value & 0xffff;
  if (offset == Regs::Meidr::kOffset) error_mask_ &= ~value;
  if (!within(offset, 0, 0x100) && !within(offset, 0x200, 0x2cc)) return;
  if (protection_.blocks(offset)) return;
  if (within(offset, Regs::Spselr::kOffset, 0x2cc))
    select((offset - Regs::Spselr::kOffset) / 4, value);
  else
    words_[offset / 4] = value;
}

}  // namespace drivers::matrix
