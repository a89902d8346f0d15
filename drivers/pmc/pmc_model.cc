#include "drivers/pmc/pmc_model.h"

#include <algorithm>

#include "drivers/pmc/pmc_regs.h"

namespace drivers::pmc {
namespace {

using base::mmio::Value;
using base::model::cycles_to_time;
using base::model::kMicrosecond;
using base::model::Time;

template <class R>
constexpr Value<R> as(uint32_t bits) {
  return {bits};
}

constexpr uint64_t kUpllHz = 480'000'000;
constexpr Time kRcStart = 10 * kMicrosecond;  // the electrical chapter gives a few microseconds
// "Clock Switching Timings, worst case": about four slow clock cycles whatever the pair.
constexpr uint64_t kSourceSwitchSlowCycles = 4;
constexpr uint64_t kDividerSwitchCycles = 16;
constexpr uint64_t kMeasureSlowCycles = 16;

constexpr uint32_t kMorWritable = 0x0700'ff2f;
constexpr uint32_t kPllarWritable = 0x21ff'ff01;
constexpr uint32_t kMckrWritable = 0x0100'1373;
constexpr uint32_t kScWritable = 0x0004'07cc;
constexpr uint32_t kPcrWritable = 0x3ff0'0700;
constexpr uint32_t kInterrupts = 0x0137'07cb;

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

constexpr bool is_protected(uint32_t offset) {
  switch (offset) {
    case Regs::Ier::kOffset:
    case Regs::Idr::kOffset:
    case Regs::Focr::kOffset:
      return false;
    default:
      return true;
  }
}

}  // namespace

PmcModel::PmcModel(base::model::World& world, base::model::ClockSource& slow,
                   base::model::Line& interrupt, Oscillators oscillators)
    : world_(world),
      slow_(slow),
      interrupt_(interrupt),
      oscillators_(oscillators),
      protection_(Regs::Wpmr::kPassword),
      crystal_event_([this] {
        crystal_stable_ = true;
        start_main_switch();
        settle();
      }),
      rc_event_([this] {
        rc_stable_ = true;
        start_main_switch();
        settle();
      }),
      main_event_([this] {
        main_switching_ = false;
        on_crystal_ = as<Regs::Mor>(mor_).has(Regs::Mor::kSelectCrystal);
        main_changed();
        settle();
      }),
      plla_event_([this] {
        plla_locked_ = true;
        settle();
      }),
      upll_event_([this] {
        upll_locked_ = true;
        settle();
      }),
      master_event_([this] {
        master_switching_ = false;
        effective_mckr_ = mckr_;
        settle();
      }),
      generic_event_([this] {
        generic_settling_ = false;
        settle();
      }) {
  slow_.on_change([this] { settle(); });
  reset();
}

PmcModel::~PmcModel() {
  for (auto* event : {&crystal_event_, &rc_event_, &main_event_, &plla_event_, &upll_event_,
                      &master_event_, &generic_event_})
    world_.disarm(*event);
}

void PmcModel::reset() {
  for (auto* event : {&crystal_event_, &rc_event_, &main_event_, &plla_event_, &upll_event_,
                      &master_event_, &generic_event_})
    world_.disarm(*event);
  protection_.reset();
  system_ = 0x5;
  mor_ = 0x28;
  mcfr_ = 0;
  pllar_ = 0x3f00;
  mckr_ = effective_mckr_ = 1;
  uckr_ = 0x1020'0800;
  mask_ = 0;
  stored_.fill(0);
  pcr_.fill(0);
  shown_ = 0;
  crystal_stable_ = on_crystal_ = main_switching_ = master_switching_ = false;
  rc_stable_ = true;
  plla_locked_ = upll_locked_ = generic_settling_ = false;
  restart_measurement();
  settle();
}

base::model::ClockSource& PmcModel::peripheral(unsigned pid) {
  return bus_[clock_owner(pid)];
}
base::model::ClockSource& PmcModel::generic(unsigned pid) {
  return generic_[clock_owner(pid)];
}

Time PmcModel::slow_cycles(uint64_t cycles) const {
  return cycles_to_time(std::max<uint64_t>(cycles, 1), std::max<uint64_t>(slow_.hz(), 1));
}

void PmcModel::write_main_oscillator(uint32_t value) {
  const auto mor = as<Regs::Mor>(value);
  if (mor.get(Regs::Mor::kKey) != Regs::Mor::kPassword) return;
  const uint32_t differs = mor_ ^ value;
  mor_ = value & kMorWritable;

  if (differs & (Regs::Mor::kCrystalEnable.kMask | Regs::Mor::kCrystalBypass.kMask)) {
    crystal_stable_ = mor.has(Regs::Mor::kCrystalBypass);
    world_.disarm(crystal_event_);
    if (!crystal_stable_ && mor.has(Regs::Mor::kCrystalEnable))
      world_.arm(crystal_event_, world_.now() + slow_cycles(8 * mor.get(Regs::Mor::kCrystalStart)));
    if (on_crystal_) main_changed();
  }
  if (differs & Regs::Mor::kRcEnable.kMask) {
    rc_stable_ = false;
    world_.disarm(rc_event_);
    if (mor.has(Regs::Mor::kRcEnable)) world_.arm(rc_event_, world_.now() + kRcStart);
    if (!on_crystal_) main_changed();
  }
  if (differs & Regs::Mor::kSelectCrystal.kMask) {
    world_.disarm(main_event_);
    main_switching_ = mor.has(Regs::Mor::kSelectCrystal) != on_crystal_;
  }
  start_main_switch();
}

/// Begins the change of main clock source that is waiting, if its oscillator is stable by now.
void PmcModel::start_main_switch() {
  const bool stable =
      as<Regs::Mor>(mor_).has(Regs::Mor::kSelectCrystal) ? crystal_stable_ : rc_stable_;
  if (main_switching_ && stable && !main_event_.armed())
    world_.arm(main_event_, world_.now() + slow_cycles(kSourceSwitchSlowCycles));
}

void PmcModel::main_changed() {
  restart_measurement();
  start_plla();
}

void PmcModel::start_plla() {
  plla_locked_ = false;
  world_.disarm(plla_event_);
  const auto pllar = as<Regs::Pllar>(pllar_);
  const bool on = pllar.has(Regs::Pllar::kDivider) && pllar.get(Regs::Pllar::kMultiplier);
  const bool fed = on_crystal_ ? crystal_stable_ : rc_stable_;
  if (on && fed)
    world_.arm(plla_event_, world_.now() + slow_cycles(pllar.get(Regs::Pllar::kCount)));
}

void PmcModel::restart_measurement() {
  measured_from_ = world_.now();
}

uint32_t PmcModel::measured() const {
  uint32_t value = mcfr_ & Regs::Mcfr::kCrystal.kMask;
  const bool crystal = value || on_crystal_;
  const bool stable = crystal ? crystal_stable_ : rc_stable_;
  if (!stable || world_.now() < measured_from_ + slow_cycles(kMeasureSlowCycles)) return value;
  const uint64_t hz = crystal ? oscillators_.crystal_hz : oscillators_.rc_hz;
  const uint64_t count = hz * kMeasureSlowCycles / std::max<uint64_t>(slow_.hz(), 1);
  return value | Regs::Mcfr::kReady.kMask |
         static_cast<uint32_t>(std::min<uint64_t>(count, 0xffff));
}

void PmcModel::write_master(uint32_t value) {
  value &= kMckrWritable;
  if (value == mckr_ && !master_switching_) return;
  mckr_ = value;
  const auto target = as<Regs::Mckr>(mckr_).get(Regs::Mckr::kSource);
  const bool same_source = target == as<Regs::Mckr>(effective_mckr_).get(Regs::Mckr::kSource);
  const Time delay = same_source ? cycles_to_time(kDividerSwitchCycles, cpu_.hz())
                                 : slow_cycles(kSourceSwitchSlowCycles);
  master_switching_ = true;
  world_.arm(master_event_, world_.now() + delay);
}

void PmcModel::write_peripheral(uint32_t value) {
  const auto pcr = as<Regs::Pcr>(value);
  shown_ = pcr.get(Regs::Pcr::kPeripheral);
  if (!pcr.has(Regs::Pcr::kCommand)) return;
  const uint32_t generic = Regs::Pcr::kGenericSource.kMask | Regs::Pcr::kGenericDivider.kMask |
                           Regs::Pcr::kGenericEnable.kMask;
  const uint32_t old = pcr_[shown_];
  pcr_[shown_] = value & kPcrWritable;
  if (pcr.has(Regs::Pcr::kGenericEnable) && (old ^ value) & generic) {
    generic_settling_ = true;
    world_.arm(generic_event_, world_.now() + slow_cycles(2));
  }
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

uint32_t PmcModel::gated_bits(unsigned first) const {
  uint32_t bits = 0;
  for (unsigned i = 0; i < 32; ++i)
    bits |= uint32_t{as<Regs::Pcr>(pcr_[first + i]).has(Regs::Pcr::kEnable)} << i;
  return bits;
}

void PmcModel::gate(unsigned first, uint32_t bits, bool on) {
  for (unsigned i = 0; i < 32; ++i)
    if (bits >> i & 1)
      pcr_[first + i] = as<Regs::Pcr>(pcr_[first + i]).with(Regs::Pcr::kEnable, on).bits;
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

uint32_t PmcModel::read_word(uint32_t offset) {
  switch (offset) {
    case Regs::Scsr::kOffset:
      return system_;
    case Regs::Pcsr0::kOffset:
      return gated_bits(0);
    case Regs::Pcsr1::kOffset:
      return gated_bits(32);
    case Regs::Uckr::kOffset:
      return uckr_;
    case Regs::Mor::kOffset:
      return mor_;
    case Regs::Mcfr::kOffset:
      return measured();
    case Regs::Pllar::kOffset:
      return pllar_;
    case Regs::Mckr::kOffset:
      return mckr_;
    case Regs::Sr::kOffset:
      return status();
    case Regs::Imr::kOffset:
      return mask_;
    case Regs::Wpmr::kOffset:
      return protection_.mode();
    case Regs::Wpsr::kOffset:
      return protection_.take_status();
    case Regs::Pcr::kOffset:
      return pcr_[shown_] | shown_;
    case Regs::Usb::kOffset:
    case 0x40:
    case 0x44:
    case 0x48:
    case Regs::Fsmr::kOffset:
    case Regs::Fspr::kOffset:
    case Regs::Pllicpr::kOffset:
    case Regs::Ocr::kOffset:
    case Regs::AudioPll0::kOffset:
    case Regs::AudioPll1::kOffset:
      return stored_[offset / 4];
    default:
      return 0;
  }
}

void PmcModel::write_word(uint32_t offset, uint32_t value) {
  if (offset == Regs::Wpmr::kOffset) return protection_.write_mode(value);
  if (offset >= stored_.size() * 4 || (is_protected(offset) && protection_.blocks(offset))) return;
  switch (offset) {
    case Regs::Scer::kOffset:
      system_ |= value & kScWritable;
      break;
    case Regs::Scdr::kOffset:
      system_ &= ~(value & kScWritable);
      break;
    case Regs::Pcer0::kOffset:
      gate(0, value & ~3u, true);
      break;
    case Regs::Pcdr0::kOffset:
      gate(0, value & ~3u, false);
      break;
    case Regs::Pcer1::kOffset:
      gate(32, value, true);
      break;
    case Regs::Pcdr1::kOffset:
      gate(32, value, false);
      break;
    case Regs::Uckr::kOffset: {
      const auto uckr = as<Regs::Uckr>(value);
      const bool was_on = as<Regs::Uckr>(uckr_).has(Regs::Uckr::kPllEnable);
      uckr_ = value & 0xf1f1'ff03;
      if (!uckr.has(Regs::Uckr::kPllEnable)) {
        upll_locked_ = false;
        world_.disarm(upll_event_);
      } else if (!was_on) {
        world_.arm(upll_event_, world_.now() + slow_cycles(8 * uckr.get(Regs::Uckr::kPllCount)));
      }
      break;
    }
    case Regs::Mor::kOffset:
      write_main_oscillator(value);
      break;
    case Regs::Mcfr::kOffset:
      mcfr_ = value & Regs::Mcfr::kCrystal.kMask;
      if (as<Regs::Mcfr>(value).has(Regs::Mcfr::kMeasure)) restart_measurement();
      break;
    case Regs::Pllar::kOffset:
      pllar_ = value & kPllarWritable;
      start_plla();
      break;
    case Regs::Mckr::kOffset:
      write_master(value);
      break;
    case Regs::Ier::kOffset:
      mask_ |= value & kInterrupts;
      break;
    case Regs::Idr::kOffset:
      mask_ &= ~value;
      break;
    case Regs::Pcr::kOffset:
      write_peripheral(value);
      break;
    default:
      stored_[offset / 4] = value;
      return;
  }
  settle();
}

}  // namespace drivers::pmc
