#include "drivers/tc/tc.h"

namespace drivers::tc {
namespace {

constexpr uint32_t kSlowHz = 32'768;

struct Source {
  Regs::Cmr::Clock clock;
  uint32_t divider;  // of the bus clock; 0: the slow clock
};

constexpr Source source(Counter::Rate rate) {
  switch (rate) {
    case Counter::Rate::kBusBy8:
      return {Regs::Cmr::Clock::kBy8, 8};
    case Counter::Rate::kBusBy32:
      return {Regs::Cmr::Clock::kBy32, 32};
    case Counter::Rate::kBusBy128:
      return {Regs::Cmr::Clock::kBy128, 128};
    case Counter::Rate::kSlow:
      return {Regs::Cmr::Clock::kSlow, 0};
    case Counter::Rate::kBus:
      break;
  }
  return {Regs::Cmr::Clock::kBy8, 1};  // TC_EMR overrides the choice
}

}  // namespace

Counter::Counter(base::mmio::Block<Regs> regs, unsigned channel, Rate rate, uint32_t bus_hz)
    : regs_(regs), channel_(channel) {
  const Source chosen = source(rate);
  hz_ = chosen.divider ? bus_hz / chosen.divider : kSlowHz;
  regs_.write(Regs::Ccr::kDisable(true), channel_);
  regs_.write(Regs::Idr::kAll(0xff), channel_);
  regs_.write(Regs::Emr::kUndivided.from(rate == Rate::kBus), channel_);
  // Waveform mode, because capture mode would not compare with RA.
  regs_.write(Regs::Cmr::kClock.from(chosen.clock) | Regs::Cmr::kShape(Regs::Cmr::Shape::kUp) |
                  Regs::Cmr::kWaveform(true),
              channel_);
  (void)regs_.take<Regs::Sr>(channel_);
  regs_.write(Regs::Ccr::kEnable(true) | Regs::Ccr::kTrigger(true), channel_);
}

Counter::~Counter() {
  regs_.write(Regs::Idr::kAll(0xff), channel_);
  regs_.write(Regs::Ccr::kDisable(true), channel_);
}

void Counter::interrupt_at(uint32_t when) {
  regs_.write(Regs::Idr::kReachedA(true), channel_);
  regs_.write(base::mmio::Value<Regs::Ra>{when}, channel_);
  (void)regs_.take<Regs::Sr>(channel_);  // an earlier alarm that has just gone off
  regs_.write(Regs::Ier::kReachedA(true), channel_);
}

uint32_t Counter::interrupt_in(uint32_t counts) {
  const uint32_t start = now();
  uint32_t step = counts ? counts : 1;
  interrupt_at(start + step);
  // The counter may have passed the mark before the comparison was in place. Then aim ahead of
  // where it is now; the distance doubles, so this ends.
  uint32_t margin = 4;
  for (uint32_t passed = now() - start; passed >= step; passed = now() - start) {
    step = passed + margin;
    margin *= 2;
    interrupt_at(start + step);
  }
  return start + step;
}

void Counter::cancel() {
  regs_.write(Regs::Idr::kReachedA(true), channel_);
  (void)regs_.take<Regs::Sr>(channel_);
}

bool Counter::take_alarm() {
  if (!regs_.take<Regs::Sr>(channel_).has(Regs::Sr::kReachedA)) return false;
  regs_.write(Regs::Idr::kReachedA(true), channel_);
  return true;
}

base::Duration CounterClock::now() {
  const uint32_t count = counter_.now();
  total_ += count - last_;
  last_ = count;
  return base::Duration(static_cast<int64_t>(total_ / counter_.hz() * 1'000'000 +
                                             total_ % counter_.hz() * 1'000'000 / counter_.hz()));
}

}  // namespace drivers::tc
