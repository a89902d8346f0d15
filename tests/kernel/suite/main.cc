// Exercises the kernel from user mode. Commands come as lines from the console: `run` runs every
// part, a part's name that part, and `chaos N` N random system calls.
#include <new>

#include "firmware/interfaces/console.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/thread.h"
#include "tests/kernel/suite/subjects.h"
#include "tests/kernel/suite/suite.h"

namespace {

using interfaces::Console;

constexpr uint32_t kSomeCalls = 200'000;

constinit ipc::PageBuffer<char, Console::kMaxLine> typed;
alignas(interfaces::Printer) constinit std::byte printer_memory[sizeof(interfaces::Printer)] = {};
alignas(interfaces::Printer) constinit std::byte log_memory[sizeof(interfaces::Printer)] = {};

using suite::Depth;

struct Part {
  std::string_view name;
  uint32_t (*run)(interfaces::Printer&);
  bool also = false;  ///< only when asked for
};
constexpr Part kParts[] = {
    {"basics", suite::basics},
    {"registers", suite::registers},
    {"misdeeds", suite::misdeeds},
    {"breakpoint", suite::breakpoint, true},
    {"identities", suite::identities},
    {"exhaustion", suite::exhaustion},
    {"longest", suite::longest},
    {"attack", [](auto& printer) { return suite::attack(printer, Depth::kSome); }},
    {"attack-all", [](auto& printer) { return suite::attack(printer, Depth::kAll); }, true},
    {"corners", [](auto& printer) { return suite::corners(printer, Depth::kSome); }},
    {"corners-all", [](auto& printer) { return suite::corners(printer, Depth::kAll); }, true},
    {"chaos", [](auto& printer) { return suite::chaos(printer, kSomeCalls); }},
};

/// 0: not a number.
uint32_t number(std::string_view text) {
  uint32_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || value > 100'000'000) return 0;
    value = value * 10 + static_cast<uint32_t>(c - '0');
  }
  return value;
}

void command(interfaces::Printer& printer, std::string_view words) {
  size_t space = 0;
  while (space < words.size() && words[space] != ' ') ++space;
  const std::string_view name(words.data(), space);
  words.remove_prefix(std::min(space + 1, words.size()));
  const uint32_t count = number(words);
  uint32_t failures = 0;
  bool known = false;
  for (const Part& part : kParts) {
    if (name != part.name && (name != "run" || part.also)) continue;
    known = true;
    failures += count ? suite::chaos(printer, count) : part.run(printer);
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

/// The kernel's log, for as long as it is of interest.
void read_log() {
  auto console = runtime::connect<Console>();
  if (!console) return;
  auto* printer = new (log_memory) interfaces::Printer(*console);
  std::array<char, 512> text;
  while (auto count = runtime::read_kernel_log(text))
    if (!suite::log_is_muted()) (void)printer->print({text.data(), *count});
}

base::Result<void> conduct() {
  const auto console = TRY(runtime::connect<Console>());
  auto* printer = new (printer_memory) interfaces::Printer(console);
  using namespace std::string_view_literals;
  TRY(printer->print(suite::cast().find() ? "suite: ready\n"sv
                                          : "suite: subjects are MISSING\n"sv));
  for (;;) {
    const auto line = TRY(console.call(Console::ReadLine{.line = typed}));
    const size_t length = std::min<size_t>(line.length, typed.items().size());
    command(*printer, {typed.items().data(), length});
  }
}

}  // namespace

int process_main() {
  using suite::kSuiteLimit, suite::kSuitePriority;
  auto log = [] { read_log(); };
  auto crashes = [] { suite::read_crash_records(); };
  uint32_t error = 0;
  auto conductor = [&error] { error = conduct().error().word; };
  auto log_thread = runtime::Thread::start(log, {.priority = kSuiteLimit, .stack_bytes = 8192});
  auto crash_thread =
      runtime::Thread::start(crashes, {.priority = kSuiteLimit, .stack_bytes = 4096});
  auto thread =
      runtime::Thread::start(conductor, {.priority = kSuitePriority, .stack_bytes = 16384});
  if (!log_thread || !crash_thread || !thread || !thread->join()) return 1;
  return static_cast<int>(error);
}
