#include "drivers/wdt/wdt.h"

#include "base/modules.h"

namespace drivers::wdt {
namespace {

constexpr uint8_t kModule = base::module_number("drivers/wdt/wdt.cc");
constexpr uint32_t kStepHz = 32'768 / kPrescaler;

}  // namespace

void Wdt::disable() {
  regs_.write(Regs::Mr::kDisable(true));
}

base::Result<void> Wdt::arm(base::Duration period) {
  using namespace std::chrono_literals;
  if (period < 1ms || period > 16s) return FAIL(kInvalid);
  const auto steps = static_cast<uint32_t>(period.count() * kStepHz / 1'000'000);
  const uint32_t start = steps > Regs::Mr::kStart.kMax ? Regs::Mr::kStart.kMax : steps;
  // The window is left open (WDD = all ones): a restart is never too early.
  regs_.write(Regs::Mr::kStart.from(start) | Regs::Mr::kWindow(Regs::Mr::kWindow.kMax) |
              Regs::Mr::kFaultReset(true) | Regs::Mr::kDebugHalt(true));
  return {};
}

void Wdt::lock() {
  regs_.write(Regs::Cr::kKey(Regs::Cr::kPassword) | Regs::Cr::kLockMode(true));
}

void Wdt::restart() {
  regs_.write(Regs::Cr::kKey(Regs::Cr::kPassword) | Regs::Cr::kRestart(true));
}

bool Wdt::take_fault() {
  return regs_.take<Regs::Sr>().bits != 0;
}

}  // namespace drivers::wdt
