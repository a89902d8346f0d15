// The console process behind its port: the same on every SoC. Device only.
#pragma once

#include "base/modules.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/thread.h"
#include "firmware/services/console/console.h"

namespace services::console {

// Above every client: a client that runs must not keep one of these from unlocking.
inline constexpr uint32_t kInterruptPriority = 28, kLogPriority = 27;

/// Serves os/console on `port`, whose interrupt is `source`, and prints the kernel's log. Once;
/// returns why it could not.
inline base::Result<void> run(Port& port, uint32_t source) {
  // Too large for a stack, and constructors do not run before process_main.
  alignas(Console) static std::byte memory[sizeof(Console)];
  static Console* console;
  console = new (memory) Console(port);

  auto interrupts = [source] {
    auto interrupt = runtime::Interrupt::claim(source);
    if (!interrupt) runtime::exit(static_cast<int>(interrupt.error().word));
    while (interrupt->wait()) console->on_interrupt();
  };
  auto log = [] {
    std::array<char, 256> text;
    for (;;) {
      const auto count = runtime::read_kernel_log(text);
      // An image may give the log to somebody else, who prints what is of interest.
      if (!count && count.error().code() == base::Code::kDenied) return;
      if (!count) runtime::exit(static_cast<int>(count.error().word));
      console->print_log({text.data(), *count});
    }
  };
  // Neither thread ends before the process does.
  (void)TRY(runtime::Thread::start(interrupts, {.priority = kInterruptPriority}));
  (void)TRY(runtime::Thread::start(log, {.priority = kLogPriority}));
  return runtime::serve<interfaces::Console>(*console);
}

}  // namespace services::console
