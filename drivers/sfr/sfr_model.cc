#include "drivers/sfr/sfr_model.h"

#include "drivers/sfr/sfr_regs.h"

namespace drivers::sfr {
namespace {

struct Writable {
  uint32_t offset, mask;
};
constexpr Writable kWritable[] = {
    {Regs::Ddrcfg::kOffset, 0x0003'0000},     {Regs::Ohciicr::kOffset, 0x0080'0737},
    {Regs::Utmicktrim::kOffset, 0x0003'0003}, {Regs::Utmihstrim::kOffset, 0x0000'0777},
    {Regs::Utmifstrim::kOffset, 0x0073'0777}, {Regs::Utmiswap::kOffset, 0x0000'0007},
    {Regs::Can::kOffset, 0xffff'ffff},        {Regs::L2ccHramc::kOffset, 0x0000'0001},
    {Regs::I2sclksel::kOffset, 0x0000'0003},  {Regs::Qspiclk::kOffset, 0x0000'0001},
};

}  // namespace

SfrModel::SfrModel(base::model::Line& redirected, Identity identity)
    : redirected_(redirected), identity_(identity) {
  reset();
}

void SfrModel::reset() {
  words_.fill(0);
  words_[Regs::Ddrcfg::kOffset / 4] = 0x1;
  words_[Regs::Can::kOffset / 4] = 0x0020'0020;
  wrong_keys_ = 0;
  redirected_.set(false);
}

bool SfrModel::rom_hidden() const {
  return words_[Regs::Secure::kOffset / 4] & 1;
}

bool SfrModel::sram_is_l2_cache() const {
  return words_[Regs::L2ccHramc::kOffset / 4] & 1;
}

uint32_t SfrModel::read_word(uint32_t offset) {
  switch (offset) {
    case Regs::Sn0::kOffset:
      return identity_.serial0;
    case Regs::Sn1::kOffset:
      return identity_.serial1;
    case Regs::Aicredir::kOffset:
      return redirected_.level();
    default:
      return offset / 4 < words_.size() ? words_[offset / 4] : 0;
  }
}

void SfrModel::write_word(uint32_t offset, uint32_t value) {
  if (offset == Regs::Secure::kOffset) {
    words_[offset / 4] |= value & 0x101;
  } else if (offset == Regs::Aicredir::kOffset) {
    if (identity_.secure_mode || wrong_keys_ >= Regs::Aicredir::kTries) return;
    const uint32_t key = (Regs::Aicredir::kUnlock ^ identity_.serial1) >> 1;
    if (value >> 1 == key)
      redirected_.set(value & 1);
    else
      ++wrong_keys_;
  } else {
    for (const Writable& writable : kWritable)
      if (writable.offset == offset) words_[offset / 4] = value & writable.mask;
  }
}

}  // namespace drivers::sfr
