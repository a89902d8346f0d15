#include "drivers/pmc/pmc.h"

#include "base/modules.h"

namespace drivers::pmc {
namespace {

using namespace std::chrono_literals;

constexpr uint8_t kModule = base::module_number("drivers/pmc/pmc.cc");
constexpr unsigned kPeripherals = 128;

constexpr auto kOscillatorLimit = 50ms;
constexpr auto kPllLimit = 10ms;
constexpr auto kSwitchLimit = 10ms;  // a switch takes a few slow clock cycles of 31 us

constexpr uint32_t kPllaMultiplier = 41;  // 24 MHz * 41 / 2 = 492 MHz
static_assert(Pmc::kCrystalHz * kPllaMultiplier / 2 == Pmc::kCpuHz);
static_assert(Pmc::kCpuHz / 3 == Pmc::kMckHz && Pmc::kMckHz / 2 == Pmc::kH32mxHz);

}  // namespace

base::Result<void> Pmc::change_master(base::mmio::Value<Regs::Mckr> value) {
  regs_.write(value);
  const bool ready = base::wait_until(
      clock_, kSwitchLimit, [&] { return regs_.read<Regs::Sr>().has(Regs::Sr::kMasterReady); });
  if (!ready) return FAIL(kTimeout);
  return {};
}

base::Result<void> Pmc::start_crystal() {
  constexpr auto kCommon = Regs::Mor::kKey(Regs::Mor::kPassword) | Regs::Mor::kOne(true) |
                           Regs::Mor::kRcEnable(true) | Regs::Mor::kCrystalEnable(true) |
                           Regs::Mor::kCrystalStart(16);  // 3.9 ms
  // The selection stays as it is: dropping to an oscillator that is not running would stop the
  // core.
  const bool selected = regs_.read<Regs::Mor>().has(Regs::Mor::kSelectCrystal);
  regs_.write(kCommon | Regs::Mor::kSelectCrystal.from(selected));
  const bool stable = base::wait_until(clock_, kOscillatorLimit, [&] {
    return regs_.read<Regs::Sr>().has(Regs::Sr::kCrystalStable);
  });
  if (!stable) return FAIL(kTimeout);
  regs_.write(kCommon | Regs::Mor::kSelectCrystal(true));
  const bool chosen = base::wait_until(
      clock_, kSwitchLimit, [&] { return regs_.read<Regs::Sr>().has(Regs::Sr::kMainSelected); });
  if (!chosen) return FAIL(kTimeout);
  return {};
}

base::Result<void> Pmc::start_plla() {
  regs_.write(Regs::Pllicpr::kPllaCurrent(3));
  regs_.write(Regs::Pllar::kOne(true));  // off before it is set anew
  regs_.write(Regs::Pllar::kOne(true) | Regs::Pllar::kDivider(true) | Regs::Pllar::kCount(0x3f) |
              Regs::Pllar::kMultiplier(kPllaMultiplier - 1));
  const bool locked = base::wait_until(
      clock_, kPllLimit, [&] { return regs_.read<Regs::Sr>().has(Regs::Sr::kPllaLocked); });
  if (!locked) return FAIL(kTimeout);
  return {};
}

base::Result<void> Pmc::start_all() {
  // Off the PLL first, then the dividers: each step one field, so that no bus is overclocked
  // between two writes. The datasheet forbids changing several at once.
  auto mckr = regs_.read<Regs::Mckr>();
  if (mckr.get(Regs::Mckr::kSource) != Regs::Mckr::Source::kMain) {
    mckr = mckr.with(Regs::Mckr::kSource, Regs::Mckr::Source::kMain);
    TRY(change_master(mckr));
  }
  TRY(start_crystal());
  TRY(start_plla());

  mckr = mckr.with(Regs::Mckr::kPrescaler, 0u);
  TRY(change_master(mckr));
  mckr = mckr.with(Regs::Mckr::kPllaHalf, true);  // required before kBy3
  TRY(change_master(mckr));
  mckr = mckr.with(Regs::Mckr::kDivider, Regs::Mckr::Divider::kBy3);
  TRY(change_master(mckr));
  mckr = mckr.with(Regs::Mckr::kMatrixHalf, true);
  TRY(change_master(mckr));
  mckr = mckr.with(Regs::Mckr::kSource, Regs::Mckr::Source::kPlla);
  TRY(change_master(mckr));
  enable_ddr();
  return {};
}

base::mmio::Value<Regs::Pcr> Pmc::look(unsigned peripheral) const {
  regs_.write(Regs::Pcr::kPeripheral.from(peripheral));
  return regs_.read<Regs::Pcr>().with(Regs::Pcr::kPeripheral, peripheral);
}

void Pmc::enable(unsigned peripheral) {
  const auto pcr = look(peripheral);
  regs_.write(pcr.with(Regs::Pcr::kEnable, true) | Regs::Pcr::kCommand(true));
}

void Pmc::disable(unsigned peripheral) {
  const auto pcr = look(peripheral);
  regs_.write(pcr.with(Regs::Pcr::kEnable, false) | Regs::Pcr::kCommand(true));
}

bool Pmc::enabled(unsigned peripheral) const {
  return look(peripheral).has(Regs::Pcr::kEnable);
}

base::Result<void> Pmc::enable_generic(unsigned peripheral, Regs::Pcr::Generic source,
                                       unsigned divider) {
  if (peripheral >= kPeripherals || divider < 1 || divider > 256) return FAIL(kInvalid);
  const auto pcr = look(peripheral)
                       .with(Regs::Pcr::kGenericSource, source)
                       .with(Regs::Pcr::kGenericDivider, divider - 1)
                       .with(Regs::Pcr::kGenericEnable, true);
  regs_.write(pcr | Regs::Pcr::kCommand(true));
  const bool ready = base::wait_until(
      clock_, kSwitchLimit, [&] { return regs_.read<Regs::Sr>().has(Regs::Sr::kGenericReady); });
  if (!ready) return FAIL(kTimeout);
  return {};
}

void Pmc::disable_generic(unsigned peripheral) {
  const auto pcr = look(peripheral);
  regs_.write(pcr.with(Regs::Pcr::kGenericEnable, false) | Regs::Pcr::kCommand(true));
}

}  // namespace drivers::pmc
