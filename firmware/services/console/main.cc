// The console process: UART1, the kernel's log, and everybody's lines.
#include "base/modules.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/thread.h"
#include "firmware/services/console/uart_port.h"

namespace {

using services::console::Console;
using services::console::UartPort;

// UART1 of the SAMA5D2, as the manifest grants it; it shares its 16 KiB with nobody.
constexpr uint32_t kUart = 0xf802'0000, kUartBytes = 0x4000;
constexpr uint32_t kInterrupt = 25;
constexpr uint32_t kClockHz = 82'000'000, kBaud = 115'200;
// Above every client: a client that runs must not keep one of these from unlocking.
constexpr uint32_t kInterruptPriority = 28, kLogPriority = 27;

base::Result<void> run() {
  const base::mmio::Block<drivers::uart::Regs> regs(TRY(runtime::map_device(kUart, kUartBytes)));
  runtime::KernelClock clock;
  // The boot chain's last line may still be on its way out.
  (void)drivers::uart::PolledUart(regs, clock).drain();
  TRY(drivers::uart::configure(regs, kClockHz, kBaud));

  // Too large for a stack, and constructors do not run before process_main.
  alignas(Console) static std::byte console_memory[sizeof(Console)];
  alignas(UartPort) static std::byte port_memory[sizeof(UartPort)];
  auto* port = new (port_memory) UartPort(regs);
  auto* console = new (console_memory) Console(*port);

  auto interrupts = [console] {
    auto interrupt = runtime::Interrupt::claim(kInterrupt);
    if (!interrupt) runtime::exit(static_cast<int>(interrupt.error().word));
    while (interrupt->wait()) console->on_interrupt();
  };
  auto log = [console] {
    std::array<char, 256> text;
    for (;;) {
      const auto count = runtime::read_kernel_log(text);
      if (!count) runtime::exit(static_cast<int>(count.error().word));
      console->print_log({text.data(), *count});
    }
  };
  // Neither thread ends before the process does.
  (void)TRY(runtime::Thread::start(interrupts, {.priority = kInterruptPriority}));
  (void)TRY(runtime::Thread::start(log, {.priority = kLogPriority}));
  return runtime::serve<interfaces::Console>(*console);
}

}  // namespace

int process_main() {
  const auto result = run();
  return result ? 0 : static_cast<int>(result.error().word);
}
