// Exercises the kernel from user mode. Commands come as lines from the console: `run` runs every
// part, a part's name that part, `chaos N` N random system calls, `sweep NAME` one of kSweeps,
// `stage NAME` a scene of stage.cc.
#include <new>

#include "firmware/interfaces/console.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/thread.h"
#include "tests/kernel/suite/subjects.h"
#include "tests/kernel/suite/suite.h"

namespace {

using interfaces::Console;

constexpr uint32_t kSomeCalls = 200'000, kSomeLives = 600;

constinit ipc::PageBuffer<char, Console::kMaxLine> typed;
alignas(interfaces::Printer) constinit std::byte printer_memory[sizeof(interfaces::Printer)] = {};
alignas(interfaces::Printer) constinit std::byte log_memory[sizeof(interfaces::Printer)] = {};

using suite::Depth;

/// What stands behind a part's name; `number` is 0 if it is none.
struct Words {
  std::string_view text{};
  uint32_t number = 0;
};

/// `sweep`: some lives of all; `sweep NAME`: all of one; `sweep NAME N`: N of one.
uint32_t sweep(interfaces::Printer& printer, const Words& words);

struct Part {
  std::string_view name;
  uint32_t (*run)(interfaces::Printer&, const Words&);
  bool also = false;  ///< only when asked for
};
template <uint32_t (*run)(interfaces::Printer&)>
uint32_t plain(interfaces::Printer& printer, const Words&) {
  return run(printer);
}
template <uint32_t (*run)(interfaces::Printer&, Depth), Depth depth>
uint32_t deep(interfaces::Printer& printer, const Words&) {
  return run(printer, depth);
}
uint32_t chaos(interfaces::Printer& printer, const Words& words) {
  return suite::chaos(printer, words.number ? words.number : kSomeCalls);
}
uint32_t stage(interfaces::Printer& printer, const Words& words) {
  return suite::stage(printer, words.text);
}
constexpr Part kParts[] = {
    {"basics", plain<suite::basics>},
    {"registers", plain<suite::registers>},
    {"keys", plain<suite::keys>},
    {"misdeeds", plain<suite::misdeeds>},
    {"breakpoint", plain<suite::breakpoint>, true},
    {"identities", plain<suite::identities>},
    {"exhaustion", plain<suite::exhaustion>},
    {"longest", plain<suite::longest>},
    {"dma", plain<suite::dma>},
    {"attack", plain<suite::attack>},
    {"sweep", sweep},
    {"corners", deep<suite::corners, Depth::kSome>},
    {"corners-all", deep<suite::corners, Depth::kAll>, true},
    {"chaos", chaos},
    {"stage", stage, true},
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

/// Takes the first word off `text`.
std::string_view first_word(std::string_view& text) {
  size_t space = 0;
  while (space < text.size() && text[space] != ' ') ++space;
  const std::string_view word(text.data(), space);
  text.remove_prefix(std::min(space + 1, text.size()));
  return word;
}

uint32_t sweep(interfaces::Printer& printer, const Words& words) {
  std::string_view text = words.text;
  const std::string_view name = first_word(text);
  const uint32_t lives = name.empty()   ? kSomeLives
                         : number(text) ? number(text)
                                        : suite::kLivesOfAll;
  uint32_t failures = 0;
  bool known = false;
  for (const suite::Sweep& each : suite::kSweeps) {
    if (!name.empty() && name != each.name) continue;
    known = true;
    failures += suite::sweep(printer, each, lives);
  }
  return known ? failures : 1;
}

void command(interfaces::Printer& printer, std::string_view text) {
  const std::string_view name = first_word(text);
  uint32_t failures = 0;
  bool known = false;
  for (const Part& part : kParts) {
    if (name != part.name && (name != "run" || part.also)) continue;
    known = true;
    failures += part.run(printer, {text, number(text)});
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
  while (auto count = runtime::read_kernel_log(text)) {
    if (!suite::log_is_muted()) (void)printer->print({text.data(), *count});
    while (suite::log_is_ignored()) runtime::sleep(std::chrono::milliseconds(5));
  }
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
