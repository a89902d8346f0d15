// Applet: clocks to full speed, DDR memory up and tested. Operation 0 is the only one.
// On kDataLoss r1 is the address that failed, r2 what was written, r3 what was read.
#include "base/modules.h"
#include "bringup/applets/applet.h"
#include "bringup/applets/ddr.h"
#include "bringup/applets/machine.h"
#include "drivers/mpddrc/mpddrc.h"

namespace bringup::applets {
namespace {

constexpr uint8_t kModule = base::module_number("bringup/applets/ddr_init.cc");

base::Result<void> start_memory(MemoryFault& fault) {
  using base::mmio::Block, base::mmio::Region;
  Machine machine;
  TRY(machine.start_clocks());
  machine.pmc().enable(kMpddrcId);
  machine.pmc().enable_ddr();
  drivers::mpddrc::Mpddrc controller(Block<drivers::mpddrc::Regs>(Region(kMpddrcBase)),
                                     Region(kRamBase), machine.clock());
  TRY(controller.start(drivers::mpddrc::kW971gg6sb, drivers::pmc::Pmc::kMckHz));
  return test_memory(Region(kRamBase), kRamSize, fault);
}

}  // namespace

extern "C" void applet(const Call* call, Answer* answer) {
  if (call->operation != 0) {
    *answer = {.error = FAIL(kInvalid)};
    return;
  }
  MemoryFault fault;
  const auto result = start_memory(fault);
  *answer = {.error = result ? base::Error{} : result.error(),
             .a = kRamBase + fault.offset,
             .b = fault.wrote,
             .c = fault.read};
}

}  // namespace bringup::applets
