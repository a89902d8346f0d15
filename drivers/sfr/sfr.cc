#include "drivers/sfr/sfr.h"

#include "base/modules.h"

namespace drivers::sfr {
namespace {

constexpr uint8_t kModule = base::module_number("drivers/sfr/sfr.cc");

}  // namespace

base::Result<void> Sfr::redirect_interrupts() {
  if (regs_.read<Regs::Aicredir>().has(Regs::Aicredir::kToAic)) return {};
  const uint32_t key = Regs::Aicredir::kUnlock ^ regs_.read<Regs::Sn1>().bits;
  regs_.write(Regs::Aicredir::kKey.from(key >> 1) | Regs::Aicredir::kToAic(true));
  if (!regs_.read<Regs::Aicredir>().has(Regs::Aicredir::kToAic)) return FAIL(kDenied);
  return {};
}

}  // namespace drivers::sfr
