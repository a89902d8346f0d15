#include "bringup/applets/machine.h"

#include "drivers/wdt/wdt.h"

namespace bringup::applets {
namespace {

using base::mmio::Block, base::mmio::Region;
using drivers::pmc::Pmc;

/// What the ROM leaves: the RC oscillator, no dividers.
constexpr uint32_t kRcHz = 12'000'000;

bool at_full_speed() {
  using Mckr = drivers::pmc::Regs::Mckr;
  const auto mckr = Block<drivers::pmc::Regs>(Region(kPmcBase)).read<Mckr>();
  return mckr.get(Mckr::kSource) == Mckr::Source::kPlla &&
         mckr.get(Mckr::kDivider) == Mckr::Divider::kBy3;
}

}  // namespace

Machine::Machine()
    : clock_(Block<drivers::pit::Regs>(Region(kPitBase)), at_full_speed() ? Pmc::kH32mxHz : kRcHz),
      pmc_(Block<drivers::pmc::Regs>(Region(kPmcBase)), clock_) {
  drivers::wdt::Wdt(Block<drivers::wdt::Regs>(Region(kWdtBase))).disable();
}

base::Result<void> Machine::start_clocks() {
  if (at_full_speed()) return {};
  TRY(pmc_.start_all());
  clock_.retune(Pmc::kH32mxHz);
  return {};
}

}  // namespace bringup::applets
