// The bench process.
#include <new>

#include "firmware/interfaces/echo.h"
#include "firmware/services/bench/bench.h"

namespace {

using services::bench::Bench;

// TC0 of the SAMA5D2, as the manifest grants it.
constexpr uint32_t kTimer = 0xf800'c000, kTimerBytes = 0x4000;
constexpr uint32_t kTimerInterrupt = 35;

alignas(interfaces::Printer) constinit std::byte printer_memory[sizeof(interfaces::Printer)] = {};

base::Result<void> run() {
  const auto console = TRY(runtime::connect<interfaces::Console>());
  const auto echo = TRY(runtime::connect(TRY(runtime::find_service(interfaces::Echo::kName)),
                                         runtime::kStartPatience));
  const base::mmio::Block<drivers::tc::Regs> timer(TRY(runtime::map_device(kTimer, kTimerBytes)));
  const auto interrupt = TRY(runtime::Interrupt::claim(kTimerInterrupt));
  auto* printer = new (printer_memory) interfaces::Printer(console);
  Bench bench(*printer, echo, timer, interrupt);
  return runtime::serve<interfaces::Bench>(bench);
}

}  // namespace

int process_main() {
  const auto result = run();
  return result ? 0 : static_cast<int>(result.error().word);
}
