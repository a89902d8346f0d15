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
