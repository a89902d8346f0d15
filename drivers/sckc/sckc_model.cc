#include "drivers/sckc/sckc_model.h"

#include <algorithm>

#include "drivers/sckc/sckc_regs.h"

namespace drivers::sckc {
namespace {

constexpr uint64_t kSwitchCycles = 5;
// The electrical chapter allows a 32.768 kHz crystal 1.2 s to start; the chip starts it by itself.
constexpr base::model::Time kCrystalStart = 1200 * base::model::kMillisecond;

}  // namespace

SckcModel::SckcModel(base::model::World& world, Oscillators oscillators)
    : world_(world),
      oscillators_(oscillators),
      event_([this] { clock_.set(crystal_ ? oscillators_.crystal_hz : oscillators_.rc_hz); }) {
  power_on();
}

SckcModel::~SckcModel() {
  world_.disarm(event_);
}

void SckcModel::power_on() {
  world_.disarm(event_);
  crystal_ = false;
  powered_at_ = world_.now();
  clock_.set(oscillators_.rc_hz);
}

uint32_t SckcModel::read_word(uint32_t offset) {
  if (offset != Regs::Cr::kOffset) return 0;
  return 1 | Regs::Cr::kCrystal.from(crystal_).bits;
}

void SckcModel::write_word(uint32_t offset, uint32_t value) {
  if (offset != Regs::Cr::kOffset) return;
  const bool crystal = value & Regs::Cr::kCrystal.kMask;
  if (crystal == crystal_) return;
  crystal_ = crystal;
  base::model::Time from = world_.now();
  if (crystal) from = std::max(from, powered_at_ + kCrystalStart);
  world_.arm(event_, from + base::model::cycles_to_time(kSwitchCycles, clock_.hz()));
}

}  // namespace drivers::sckc
