#include "drivers/trng/trng_model.h"

#include "drivers/trng/trng_regs.h"

namespace drivers::trng {
namespace {

/// splitmix64's output function: any index costs the same, so words nobody read are never computed.
uint64_t mix(uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58'476d'1ce4'e5b9;
  value = (value ^ value >> 27) * 0x94d0'49bb'1331'11eb;
  return value ^ value >> 31;
}

}  // namespace

TrngModel::TrngModel(base::model::World& world, base::model::ClockSource& clock,
                     base::model::Line& interrupt, uint64_t seed)
    : world_(world),
      clock_(clock),
      interrupt_(interrupt),
      seed_(seed),
      counter_(world),
      event_([this] {
        advance();
        update();
      }) {
  clock_.on_change([this] {
    advance();
    if (enabled_) counter_.start(clock_.hz(), kCyclesPerWord);
    update();
  });
  reset();
}

TrngModel::~TrngModel() {
  world_.disarm(event_);
}

void TrngModel::reset() {
  enabled_ = ready_ = masked_in_ = false;
  counter_.stop();
  update();
}

void TrngModel::set_fault(Fault fault) {
  advance();
  fault_ = fault;
  update();
}

void TrngModel::advance() {
  const uint64_t words = counter_.take();
  if (!words || fault_ == Fault::kStalled) return;
  ready_ = true;
  if (fault_ == Fault::kNone) made_ += words;
}

void TrngModel::update() {
  interrupt_.set(ready_ && masked_in_);
  const bool waiting = enabled_ && masked_in_ && !ready_ && fault_ != Fault::kStalled;
  world_.arm(event_, waiting ? counter_.after(1) : base::model::kNever);
}

uint32_t TrngModel::word() const {
  return static_cast<uint32_t>(mix(seed_ + made_ * 0x9e37'79b9'7f4a'7c15) >> 32);
}

uint32_t TrngModel::read_word(uint32_t offset) {
  if (!clock_.hz()) return 0;
  advance();
  uint32_t result = 0;
  switch (offset) {
    case Regs::Imr::kOffset:
      result = masked_in_;
      break;
    case Regs::Isr::kOffset:
      result = ready_;
      ready_ = false;
      break;
    case Regs::Odata::kOffset:
      result = made_ || fault_ == Fault::kStuck ? word() : 0;
      break;
    default:
      break;
  }
  update();
  return result;
}

void TrngModel::write_word(uint32_t offset, uint32_t value) {
  if (!clock_.hz()) return;
  advance();
  switch (offset) {
    case Regs::Cr::kOffset: {
      const base::mmio::Value<Regs::Cr> cr{value};
      if (cr.get(Regs::Cr::kKey) != Regs::Cr::kPassword) break;
      const bool on = cr.has(Regs::Cr::kEnable);
      if (on == enabled_) break;
      enabled_ = on;
      counter_.start(on ? clock_.hz() : 0, kCyclesPerWord);
      break;
    }
    case Regs::Ier::kOffset:
      masked_in_ |= value & 1;
      break;
    case Regs::Idr::kOffset:
      masked_in_ &= !(value & 1);
      break;
    default:
      break;
  }
  update();
}

}  // namespace drivers::trng
