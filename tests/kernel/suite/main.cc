// Exercises the kernel from user mode. Commands come as lines from the console: `run` runs every
// part.
#include <new>

#include "firmware/interfaces/console.h"
#include "firmware/runtime/process.h"
#include "tests/kernel/suite/suite.h"

namespace {

using interfaces::Console;

constinit ipc::PageBuffer<char, Console::kMaxLine> typed;
alignas(interfaces::Printer) constinit std::byte printer_memory[sizeof(interfaces::Printer)] = {};

struct Part {
  std::string_view name;
  uint32_t (*run)(interfaces::Printer&);
};
constexpr Part kParts[] = {
    {"basics", suite::basics},
    {"faults", suite::faults},
};

void command(interfaces::Printer& printer, std::string_view name) {
  uint32_t failures = 0;
  bool known = false;
  for (const Part& part : kParts) {
    if (name != "run" && name != part.name) continue;
    known = true;
    failures += part.run(printer);
  }
  suite::Line line;
  if (!known)
    line << "suite: no part " << name << "\n";
  else if (failures == 0)
    line << "suite: done, all passed\n";
  else
    line << "suite: done, " << failures << " checks FAILED\n";
  (void)printer.print(line.view());
}

base::Result<void> run() {
  const auto console = TRY(runtime::connect<Console>());
  auto* printer = new (printer_memory) interfaces::Printer(console);
  TRY(printer->print("suite: ready\n"));
  for (;;) {
    const auto line = TRY(console.call(Console::ReadLine{.line = typed}));
    const size_t length = std::min<size_t>(line.length, typed.items().size());
    command(*printer, {typed.items().data(), length});
  }
}

}  // namespace

int process_main() {
  return static_cast<int>(run().error().word);
}
