// The console process: UART1, the kernel's log, and everybody's lines.
#include "base/modules.h"
#include "firmware/runtime/process.h"
#include "firmware/services/console/run.h"
#include "firmware/services/console/uart_port.h"

namespace {

using services::console::UartPort;

// UART1 of the SAMA5D2, as the manifest grants it; it shares its 16 KiB with nobody.
constexpr uint32_t kUart = 0xf802'0000, kUartBytes = 0x4000;
constexpr uint32_t kInterrupt = 25;
constexpr uint32_t kClockHz = 82'000'000, kBaud = 115'200;

base::Result<void> run() {
  const base::mmio::Block<drivers::uart::Regs> regs(TRY(runtime::map_device(kUart, kUartBytes)));
  runtime::KernelClock clock;
  // The boot chain's last line may still be on its way out.
  (void)drivers::uart::PolledUart(regs, clock).drain();
  TRY(drivers::uart::configure(regs, kClockHz, kBaud));

  // Too large for a stack, and constructors do not run before process_main.
  alignas(UartPort) static std::byte port_memory[sizeof(UartPort)];
  return services::console::run(*new (port_memory) UartPort(regs), kInterrupt);
}

}  // namespace

int process_main() {
  const auto result = run();
  return result ? 0 : static_cast<int>(result.error().word);
}
