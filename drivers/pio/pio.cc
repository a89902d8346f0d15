#include "drivers/pio/pio.h"

#include "base/modules.h"

namespace drivers::pio {
namespace {

using base::mmio::Value;

constexpr uint8_t kModule = base::module_number("drivers/pio/pio.cc");

unsigned bank(Pin pin) {
  return static_cast<unsigned>(pin.bank);
}
uint32_t mask(Pin pin) {
  return 1u << (pin.line & 31);
}

Value<Regs::Cfgr> pulled(Pull pull) {
  return Regs::Cfgr::kPullUp.from(pull == Pull::kUp) |
         Regs::Cfgr::kPullDown.from(pull == Pull::kDown);
}

}  // namespace

base::Result<void> Pio::configure(Pin pin, Value<Regs::Cfgr> value) {
  regs_.write(Value<Regs::Mskr>{mask(pin)}, bank(pin));
  regs_.write(value, bank(pin));
  const auto kept = regs_.read<Regs::Cfgr>(bank(pin));
  const auto unfrozen = kept.with(Regs::Cfgr::kFrozen, false).with(Regs::Cfgr::kEventFrozen, false);
  if (unfrozen != value) return FAIL(kDenied);
  return {};
}

base::Result<void> Pio::mux(Pin pin, Function function, Pull pull) {
  return configure(pin, Regs::Cfgr::kFunction.from(function) | pulled(pull));
}

base::Result<void> Pio::output(Pin pin, bool level, Drive drive) {
  set(pin, level);
  return configure(pin, Regs::Cfgr::kOutput(true) | Regs::Cfgr::kDrive.from(drive));
}

base::Result<void> Pio::input(Pin pin, Pull pull, Event event) {
  return configure(pin, pulled(pull) | Regs::Cfgr::kSchmitt(true) | Regs::Cfgr::kEvent.from(event));
}

void Pio::set(Pin pin, bool level) {
  if (level)
    regs_.write(Value<Regs::Sodr>{mask(pin)}, bank(pin));
  else
    regs_.write(Value<Regs::Codr>{mask(pin)}, bank(pin));
}

bool Pio::level(Pin pin) const {
  return regs_.read<Regs::Pdsr>(bank(pin)).bits & mask(pin);
}

void Pio::enable_interrupt(Pin pin) {
  regs_.write(Value<Regs::Ier>{mask(pin)}, bank(pin));
}

void Pio::disable_interrupt(Pin pin) {
  regs_.write(Value<Regs::Idr>{mask(pin)}, bank(pin));
}

uint32_t Pio::take_events(Bank bank) {
  return regs_.take<Regs::Isr>(static_cast<unsigned>(bank)).bits;
}

}  // namespace drivers::pio
