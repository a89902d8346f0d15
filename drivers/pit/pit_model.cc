#include "drivers/pit/pit_model.h"

#include "drivers/pit/pit_regs.h"

namespace drivers::pit {
namespace {

base::mmio::Value<Regs::Mr> as_mode(uint32_t bits) {
  return {bits};
}

}  // namespace

PitModel::PitModel(base::model::World& world, base::model::ClockSource& clock,
                   base::model::Line& interrupt)
    : world_(world), clock_(clock), interrupt_(interrupt), counter_(world), event_([this] {
        advance();
        update();
      }) {
  clock_.on_change([this] {
    advance();
    counter_.start(clock_.hz(), kPrescaler);
    update();
  });
  reset();
}

PitModel::~PitModel() {
  world_.disarm(event_);
}

void PitModel::reset() {
  mode_ = 0x000f'ffff;
  count_ = periods_ = 0;
  elapsed_ = running_ = false;
  counter_.start(clock_.hz(), kPrescaler);
  update();
}

void PitModel::advance() {
  const uint64_t cycles = counter_.take();
  if (!running_) return;
  const uint64_t period = as_mode(mode_).get(Regs::Mr::kPeriod) + uint64_t{1};
  uint64_t total = count_ + cycles;
  // The period was shortened below the count: the 20-bit counter goes round before it matches
  // again.
  if (count_ >= period) {
    const uint64_t round = uint64_t{1} << 20;
    if (total < round) {
      count_ = static_cast<uint32_t>(total);
      return;
    }
    total -= round;
    count_ = 0;
  }
  uint64_t elapsed = total / period;
  count_ = static_cast<uint32_t>(total % period);
  if (elapsed && !as_mode(mode_).has(Regs::Mr::kEnable)) {
    elapsed = 1;
    count_ = 0;
    running_ = false;
  }
  periods_ = static_cast<uint32_t>(periods_ + elapsed) & 0xfff;
  elapsed_ |= elapsed != 0;
}

void PitModel::update() {
  const auto mode = as_mode(mode_);
  interrupt_.set(elapsed_ && mode.has(Regs::Mr::kInterrupt));
  if (running_ && !elapsed_ && mode.has(Regs::Mr::kInterrupt)) {
    const uint64_t period = mode.get(Regs::Mr::kPeriod) + uint64_t{1};
    const uint64_t left = count_ < period ? period - count_ : (1u << 20) - count_ + period;
    world_.arm(event_, counter_.after(left));
  } else {
    world_.disarm(event_);
  }
}

uint32_t PitModel::read_word(uint32_t offset) {
  if (!clock_.hz()) return 0;
  advance();
  uint32_t result = 0;
  switch (offset) {
    case Regs::Mr::kOffset:
      result = mode_;
      break;
    case Regs::Sr::kOffset:
      result = elapsed_;
      break;
    case Regs::Pivr::kOffset:
      result = value();
      periods_ = 0;
      elapsed_ = false;
      break;
    case Regs::Piir::kOffset:
      result = value();
      break;
    default:
      break;
  }
  update();
  return result;
}

void PitModel::write_word(uint32_t offset, uint32_t value) {
  if (!clock_.hz() || offset != Regs::Mr::kOffset) return;
  advance();
  mode_ = value & 0x030f'ffff;
  if (as_mode(mode_).has(Regs::Mr::kEnable) && !running_) {
    running_ = true;
    count_ = 0;
    counter_.start(clock_.hz(), kPrescaler);
  }
  update();
}

}  // namespace drivers::pit
