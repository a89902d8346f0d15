#include "drivers/rstc/rstc.h"

#include "base/modules.h"

namespace drivers::rstc {
namespace {

constexpr uint8_t kModule = base::module_number("drivers/rstc/rstc.cc");
constexpr auto kLimit = std::chrono::milliseconds(10);  // it takes two slow clock cycles

}  // namespace

base::Result<void> Rstc::reset() {
  regs_.write(Regs::Cr::kKey(Regs::Cr::kPassword) | Regs::Cr::kReset(true));
  (void)base::wait_until(clock_, kLimit, [] { return false; });
  return FAIL(kTimeout);
}

}  // namespace drivers::rstc
