#include "drivers/chipid/chipid_model.h"

namespace drivers::chipid {

uint32_t ChipidModel::read_word(uint32_t offset) {
  if (offset == Regs::Cidr::kOffset) return kSama5d2 | (version_ & Regs::Cidr::kVersion.kMax);
  if (offset == Regs::Exid::kOffset) return static_cast<uint32_t>(member_);
  return 0;
}

}  // namespace drivers::chipid
