#include "drivers/pit/pit.h"

#include "base/modules.h"

namespace drivers::pit {
namespace {

constexpr uint8_t kModule = base::module_number("drivers/pit/pit.cc");
constexpr uint32_t kLongest = Regs::Mr::kPeriod.kMax;

}  // namespace

Pit::Pit(base::mmio::Block<Regs> regs, uint32_t hz) : regs_(regs), hz_(hz) {
  stop();
}

Pit::~Pit() {
  stop();
}

base::Result<void> Pit::start(base::Duration period) {
  if (period.count() <= 0 || period > std::chrono::seconds(60)) return FAIL(kInvalid);
  const uint64_t counts = static_cast<uint64_t>(period.count()) * hz_ / kPrescaler / 1'000'000;
  if (counts < 1 || counts > uint64_t{kLongest} + 1) return FAIL(kInvalid);
  regs_.write(Regs::Mr::kPeriod.from(static_cast<uint32_t>(counts - 1)) | Regs::Mr::kEnable(true) |
              Regs::Mr::kInterrupt(true));
  (void)regs_.take<Regs::Pivr>();  // a period that ended under the last owner
  return {};
}

void Pit::stop() {
  // The block runs its last period to the end; without its interrupt nobody hears of it.
  regs_.modify<Regs::Mr>([](auto mode) {
    return mode.with(Regs::Mr::kEnable, false).with(Regs::Mr::kInterrupt, false);
  });
}

uint32_t Pit::take_periods() {
  return regs_.take<Regs::Pivr>().get(Regs::Pivr::kPeriods);
}

PitClock::PitClock(base::mmio::Block<Regs> regs, uint32_t hz) : regs_(regs), hz_(hz) {
  regs_.write(Regs::Mr::kPeriod(kLongest) | Regs::Mr::kEnable(true));
  last_ = regs_.take<Regs::Pivr>().get(Regs::Pivr::kCount);
}

uint64_t PitClock::counts() {
  const auto value = regs_.take<Regs::Pivr>();
  const uint64_t periods = value.get(Regs::Pivr::kPeriods);
  const uint32_t count = value.get(Regs::Pivr::kCount);
  counts_ += periods * (uint64_t{kLongest} + 1) + count - last_;
  last_ = count;
  return counts_;
}

base::Duration PitClock::now() {
  return before_ + base::Duration(static_cast<int64_t>(counts() * kPrescaler * 1'000'000 / hz_));
}

void PitClock::retune(uint32_t hz) {
  before_ = now();
  counts_ = 0;
  hz_ = hz;
}

}  // namespace drivers::pit
