#include "drivers/pio/pio_model.h"

#include <bit>

namespace drivers::pio {
namespace {

using base::mmio::Value;
using Event = Regs::Cfgr::Event;

constexpr uint32_t kWritable = 0x0703'f707;
constexpr uint32_t kEventFields =
    Regs::Cfgr::kFilter.kMask | Regs::Cfgr::kSlowFilter.kMask | Regs::Cfgr::kEvent.kMask;
constexpr uint32_t kResetConfig = Regs::Cfgr::kPullUp.kMask | Regs::Cfgr::kSchmitt.kMask;

Value<Regs::Cfgr> as_config(uint32_t bits) {
  return {bits};
}

}  // namespace

PioModel::PioModel(base::model::ClockSource& clock,
                   std::array<base::model::Line*, kBanks> interrupts)
    : clock_(clock), interrupts_(interrupts), protection_(Regs::Wpmr::kPassword) {
  // Level events are seen only by a clocked block.
  clock_.on_change([this] {
    for (Bank& bank : banks_) update(bank);
  });
  reset();
}

void PioModel::reset() {
  protection_.reset();
  slow_divider_ = 0;
  for (Bank& bank : banks_) {
    bank.config.fill(kResetConfig);
    bank.selected = bank.output = bank.mask = bank.locked = bank.frozen = bank.events_frozen = 0;
    settle(bank);
    bank.status = 0;
    update(bank);
  }
}

PioModel::Function PioModel::function(unsigned bank, unsigned line) const {
  return as_config(banks_[bank].config[line]).get(Regs::Cfgr::kFunction);
}

void PioModel::set_locked(unsigned bank, unsigned line, bool locked) {
  banks_[bank].locked = (banks_[bank].locked & ~(1u << line)) | uint32_t{locked} << line;
}

void PioModel::listen(unsigned bank, unsigned line, Listener listener) {
  banks_[bank].listeners[line] = std::move(listener);
}

void PioModel::set_input(unsigned bank, unsigned line, std::optional<bool> level) {
  Bank& chosen = banks_[bank];
  const uint32_t bit = 1u << line;
  chosen.driven = level ? chosen.driven | bit : chosen.driven & ~bit;
  chosen.driven_high = level.value_or(false) ? chosen.driven_high | bit : chosen.driven_high & ~bit;
  settle(chosen);
  update(chosen);
}

std::optional<bool> PioModel::resolve(const Bank& bank, unsigned line) const {
  const auto config = as_config(bank.config[line]);
  if (config.get(Regs::Cfgr::kFunction) == Function::kGpio && config.has(Regs::Cfgr::kOutput)) {
    const bool high = bank.output >> line & 1;
    if (!high || !config.has(Regs::Cfgr::kOpenDrain)) return high;
  }
  if (bank.driven >> line & 1) return bank.driven_high >> line & 1;
  if (config.has(Regs::Cfgr::kPullUp)) return true;
  if (config.has(Regs::Cfgr::kPullDown)) return false;
  return std::nullopt;
}

/// Works out every level of the bank anew; notes edges, and tells who listens once all is in place.
void PioModel::settle(Bank& bank) {
  const uint32_t before = bank.levels;
  for (unsigned line = 0; line < kLines; ++line)
    if (const auto level = resolve(bank, line))
      bank.levels = (bank.levels & ~(1u << line)) | uint32_t{*level} << line;
  uint32_t changed = before ^ bank.levels;
  if (!changed) return;
  for (unsigned line = 0; line < kLines && clock_.hz(); ++line) {
    if (!(changed >> line & 1)) continue;
    const bool rose = bank.levels >> line & 1;
    const Event event = as_config(bank.config[line]).get(Regs::Cfgr::kEvent);
    if (event == Event::kBoth || event == (rose ? Event::kRising : Event::kFalling))
      bank.status |= 1u << line;
  }
  const uint32_t after = bank.levels;
  for (; changed; changed &= changed - 1) {
    const unsigned line = static_cast<unsigned>(std::countr_zero(changed));
    if (bank.listeners[line]) bank.listeners[line](after >> line & 1);
  }
}

uint32_t PioModel::level_events(const Bank& bank) const {
  uint32_t lines = 0;
  for (unsigned line = 0; line < kLines; ++line) {
    const Event event = as_config(bank.config[line]).get(Regs::Cfgr::kEvent);
    const bool high = bank.levels >> line & 1;
    if (event == (high ? Event::kHighLevel : Event::kLowLevel)) lines |= 1u << line;
  }
  return lines;
}

void PioModel::update(Bank& bank) {
  if (clock_.hz()) bank.status |= level_events(bank);
  interrupts_[static_cast<size_t>(&bank - banks_.data())]->set(bank.status & bank.mask);
}

void PioModel::configure(Bank& bank, uint32_t value) {
  for (unsigned line = 0; line < kLines; ++line) {
    const uint32_t bit = 1u << line;
    if (!(bank.selected & bit) || bank.locked & bit) continue;
    uint32_t writable = kWritable;
    if (bank.frozen & bit) writable &= kEventFields;
    if (bank.events_frozen & bit) writable &= ~kEventFields;
    bank.config[line] = (bank.config[line] & ~writable) | (value & writable);
  }
  settle(bank);
}

void PioModel::freeze(Bank& bank, uint32_t value) {
  const Value<Regs::Iofr> iofr{value};
  if (iofr.get(Regs::Iofr::kKey) != Regs::Iofr::kPassword) return;
  if (iofr.has(Regs::Iofr::kPhysical)) bank.frozen |= bank.selected;
  if (iofr.has(Regs::Iofr::kEvents)) bank.events_frozen |= bank.selected;
}

uint32_t PioModel::read_word(uint32_t offset) {
  if (!clock_.hz()) return 0;
  if (offset >= kBanks * kBankStride) {
    switch (offset) {
      case Regs::Scdr::kOffset:
        return slow_divider_;
      case Regs::Wpmr::kOffset:
        return protection_.mode();
      case Regs::Wpsr::kOffset:
        return protection_.take_status();
      default:
        return 0;
    }
  }
  Bank& bank = banks_[offset / kBankStride];
  switch (offset % kBankStride) {
    case Regs::Mskr::kOffset:
      return bank.selected;
    case Regs::Cfgr::kOffset: {
      if (!bank.selected) return 0;
      const unsigned line = static_cast<unsigned>(std::countr_zero(bank.selected));
      return (as_config(bank.config[line]) | Regs::Cfgr::kFrozen.from(bank.frozen >> line & 1) |
              Regs::Cfgr::kEventFrozen.from(bank.events_frozen >> line & 1))
          .bits;
    }
    case Regs::Pdsr::kOffset:
      return bank.levels;
    case Regs::Locksr::kOffset:
      return bank.locked;
    case Regs::Odsr::kOffset:
      return bank.output;
    case Regs::Imr::kOffset:
      return bank.mask;
    case Regs::Isr::kOffset: {
      const uint32_t status = bank.status;
      bank.status = 0;
      update(bank);
      return status;
    }
    default:
      return 0;
  }
}

void PioModel::write_word(uint32_t offset, uint32_t value) {
  if (!clock_.hz()) return;
  if (offset >= kBanks * kBankStride) {
    if (offset == Regs::Wpmr::kOffset) protection_.write_mode(value);
    if (offset == Regs::Scdr::kOffset && !protection_.blocks(offset))
      slow_divider_ = value & 0x3fff;
    return;
  }
  Bank& bank = banks_[offset / kBankStride];
  switch (offset % kBankStride) {
    case Regs::Mskr::kOffset:
    case Regs::Cfgr::kOffset:
    case Regs::Ier::kOffset:
    case Regs::Idr::kOffset:
    case Regs::Iofr::kOffset:
      if (protection_.blocks(offset)) return;
      break;
    default:
      break;
  }
  switch (offset % kBankStride) {
    case Regs::Mskr::kOffset:
      bank.selected = value;
      break;
    case Regs::Cfgr::kOffset:
      configure(bank, value);
      break;
    case Regs::Sodr::kOffset:
      bank.output |= value;
      settle(bank);
      break;
    case Regs::Codr::kOffset:
      bank.output &= ~value;
      settle(bank);
      break;
    // Only the lines selected in PIO_MSKR take the value.
    case Regs::Odsr::kOffset:
      bank.output = (bank.output & ~bank.selected) | (value & bank.selected);
      settle(bank);
      break;
    case Regs::Ier::kOffset:
      bank.mask |= value;
      break;
    case Regs::Idr::kOffset:
      bank.mask &= ~value;
      break;
    case Regs::Iofr::kOffset:
      freeze(bank, value);
      break;
    default:
      break;
  }
  update(bank);
}

}  // namespace drivers::pio
