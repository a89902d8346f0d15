// What every clock of the tree is at, given what runs and what is selected.
#include <algorithm>

#include "drivers/pmc/pmc_model.h"
#include "drivers/pmc/pmc_regs.h"

namespace drivers::pmc {
namespace {

template <class R>
constexpr base::mmio::Value<R> as(uint32_t bits) {
  return {bits};
}

constexpr uint64_t kUpllHz = 480'000'000;

/// On the 64-bit matrix; all others are on the 32-bit one. Datasheet, "Peripheral Identifiers".
constexpr bool on_mck(unsigned pid) {
  switch (pid) {
    case 6:
    case 7:
    case 9:
    case 10:
    case 12:
    case 13:
    case 15:
    case 31:
    case 32:
    case 45:
    case 46:
    case 52:
    case 53:
      return true;
    default:
      return false;
  }
}

/// A block's second interrupt has an identifier of its own but no clock of its own.
constexpr unsigned clock_owner(unsigned pid) {
  switch (pid) {
    case 64:
      return 56;
    case 65:
      return 57;
    case 66:
    case 67:
      return 5;
    case 68:
    case 69:
    case 70:
      return 18;
    case 71:
      return 31;
    case 72:
      return 32;
    default:
      return pid % PmcModel::kPeripherals;
  }
}

}  // namespace

base::model::ClockSource& PmcModel::peripheral(unsigned pid) {
  return bus_[clock_owner(pid)];
}
base::model::ClockSource& PmcModel::generic(unsigned pid) {
  return generic_[clock_owner(pid)];
}

bool PmcModel::source_ready(uint32_t mckr) const {
  switch (as<Regs::Mckr>(mckr).get(Regs::Mckr::kSource)) {
    case Regs::Mckr::Source::kSlow:
      return true;
    case Regs::Mckr::Source::kMain:
      return on_crystal_ ? crystal_stable_ : rc_stable_;
    case Regs::Mckr::Source::kPlla:
      return plla_locked_;
    case Regs::Mckr::Source::kUpll:
      return upll_locked_;
  }
  return false;
}

uint64_t PmcModel::plla_hz() const {
  if (!plla_locked_) return 0;
  const uint64_t input = on_crystal_ ? oscillators_.crystal_hz : oscillators_.rc_hz;
  const uint64_t output = input * (as<Regs::Pllar>(pllar_).get(Regs::Pllar::kMultiplier) + 1);
  return as<Regs::Mckr>(effective_mckr_).has(Regs::Mckr::kPllaHalf) ? output / 2 : output;
}

uint64_t PmcModel::source_hz(uint32_t mckr) const {
  if (!source_ready(mckr)) return slow_.hz();
  switch (as<Regs::Mckr>(mckr).get(Regs::Mckr::kSource)) {
    case Regs::Mckr::Source::kMain:
      return on_crystal_ ? oscillators_.crystal_hz : oscillators_.rc_hz;
    case Regs::Mckr::Source::kPlla:
      return plla_hz();
    case Regs::Mckr::Source::kUpll:
      return kUpllHz;
    case Regs::Mckr::Source::kSlow:
      break;
  }
  return slow_.hz();
}

uint64_t PmcModel::generic_hz(unsigned pid) const {
  const auto pcr = as<Regs::Pcr>(pcr_[pid]);
  if (!pcr.has(Regs::Pcr::kGenericEnable)) return 0;
  uint64_t hz = 0;
  switch (pcr.get(Regs::Pcr::kGenericSource)) {
    case Regs::Pcr::Generic::kSlow:
      hz = slow_.hz();
      break;
    case Regs::Pcr::Generic::kMain:
      if (on_crystal_ ? crystal_stable_ : rc_stable_)
        hz = on_crystal_ ? oscillators_.crystal_hz : oscillators_.rc_hz;
      break;
    case Regs::Pcr::Generic::kPlla:
      hz = plla_hz();
      break;
    case Regs::Pcr::Generic::kUpll:
      hz = upll_locked_ ? kUpllHz : 0;
      break;
    case Regs::Pcr::Generic::kMaster:
      hz = mck_.hz();
      break;
    case Regs::Pcr::Generic::kAudio:
      break;  // the audio PLL is not modelled
  }
  return hz / (pcr.get(Regs::Pcr::kGenericDivider) + 1);
}

uint32_t PmcModel::status() const {
  const bool any_generic = std::ranges::any_of(
      pcr_, [](uint32_t pcr) { return as<Regs::Pcr>(pcr).has(Regs::Pcr::kGenericEnable); });
  const auto status =
      Regs::Sr::kCrystalStable.from(crystal_stable_) | Regs::Sr::kPllaLocked.from(plla_locked_) |
      Regs::Sr::kMasterReady.from(!master_switching_ && source_ready(effective_mckr_)) |
      Regs::Sr::kUpllLocked.from(upll_locked_) |
      Regs::Sr::kProgrammableReady.from(system_ >> 8 & 7) |
      Regs::Sr::kMainSelected.from(!main_switching_) | Regs::Sr::kRcStable.from(rc_stable_) |
      Regs::Sr::kGenericReady.from(any_generic && !generic_settling_);
  return status.bits;
}

void PmcModel::settle() {
  const auto mckr = as<Regs::Mckr>(effective_mckr_);
  const uint64_t cpu = std::max<uint64_t>(
      source_hz(effective_mckr_) >> std::min(mckr.get(Regs::Mckr::kPrescaler), 6u), 1);
  constexpr unsigned kDivisors[] = {1, 2, 4, 3};
  const auto divider = mckr.get(Regs::Mckr::kDivider);
  const uint64_t mck = cpu / kDivisors[static_cast<unsigned>(divider)];
  const uint64_t h32mx = mckr.has(Regs::Mckr::kMatrixHalf) ? mck / 2 : mck;
  const bool ddr_on =
      as<Regs::Scsr>(system_).has(Regs::Scsr::kDdr) && divider != Regs::Mckr::Divider::kBy1;
  const bool main_on = on_crystal_ ? crystal_stable_ : rc_stable_;

  main_.prepare(main_on ? (on_crystal_ ? oscillators_.crystal_hz : oscillators_.rc_hz) : 0);
  cpu_.prepare(cpu);
  mck_.prepare(mck);
  h32mx_.prepare(h32mx);
  ddr_.prepare(ddr_on ? mck : 0);
  // All rates change at one instant: first set every one, then tell whoever listens.
  std::array<Node*, 5> core{&main_, &cpu_, &mck_, &h32mx_, &ddr_};
  std::array<bool, 5> core_changed{};
  for (size_t i = 0; i < core.size(); ++i) core_changed[i] = core[i]->commit();
  std::array<bool, kPeripherals> bus_changed{}, generic_changed{};
  for (unsigned pid = 0; pid < kPeripherals; ++pid) {
    const bool on = as<Regs::Pcr>(pcr_[pid]).has(Regs::Pcr::kEnable);
    bus_[pid].prepare(on ? (on_mck(pid) ? mck : h32mx) : 0);
    bus_changed[pid] = bus_[pid].commit();
    generic_[pid].prepare(generic_hz(pid));
    generic_changed[pid] = generic_[pid].commit();
  }
  for (size_t i = 0; i < core.size(); ++i)
    if (core_changed[i]) core[i]->announce();
  for (unsigned pid = 0; pid < kPeripherals; ++pid) {
    if (bus_changed[pid]) bus_[pid].announce();
    if (generic_changed[pid]) generic_[pid].announce();
  }
  interrupt_.set(status() & mask_);
}

}  // namespace drivers::pmc
