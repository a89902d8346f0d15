// The probe process.
#include <new>

#include "firmware/interfaces/bench.h"
#include "firmware/interfaces/console.h"
#include "firmware/interfaces/phoenix.h"
#include "firmware/interfaces/printer.h"
#include "firmware/runtime/patience.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "firmware/runtime/text.h"
#include "firmware/services/probe/checks.h"
#include "firmware/services/probe/probe.h"
#include "firmware/services/probe/view.h"

namespace {

using interfaces::Console;
using services::probe::checks;

template <size_t Index>
base::Result<void> commit_on(interfaces::Fault fault) {
  using Victim = interfaces::VictimNumber<Index>;
  const auto victim = TRY(runtime::connect<Victim>(std::chrono::milliseconds(100)));
  return victim.call(typename Victim::Commit{.fault = fault});
}
template <size_t... Index>
base::Result<void> commit_on_one_of(size_t index, interfaces::Fault fault,
                                    std::index_sequence<Index...>) {
  using Commit = base::Result<void> (*)(interfaces::Fault);
  constexpr Commit kCommit[] = {commit_on<Index>...};
  return kCommit[index](fault);
}

class ProcessSystem final : public services::probe::System {
 public:
  explicit ProcessSystem(interfaces::Printer& printer) : printer_(printer) {}

  void print(std::string_view line) override {
    runtime::Text<200> text;
    text << line << "\n";
    // Without a console there is nobody to tell.
    if (!printer_.print(text.view())) runtime::exit(1);
  }
  size_t victims() const override { return interfaces::kVictimNames.size(); }
  base::Result<void> commit(size_t index, interfaces::Fault fault) override {
    return commit_on_one_of(index, fault,
                            std::make_index_sequence<interfaces::kVictimNames.size()>());
  }
  base::Result<void> run_bench(Caches caches) override {
    const auto bench = TRY(runtime::connect<interfaces::Bench>());
    if (caches == Caches::kCold) {
      TRY(bench.call(interfaces::Bench::RunCold{}));
    } else {
      TRY(bench.call(interfaces::Bench::Run{}));
    }
    return {};
  }
  size_t checks() const override { return ::checks().size(); }
  std::string_view check_name(size_t index) const override { return ::checks()[index].name; }
  base::Result<void> run_check(size_t index) override { return ::checks()[index].run(); }
  base::Error panic() override {
    return base::Error{runtime::system_call(runtime::Syscall::kPower, 2).error};
  }
  base::Result<uint32_t> phoenix(base::Duration patience) override {
    using interfaces::Phoenix;
    const auto phoenix = TRY(runtime::connect<Phoenix>(patience));
    runtime::KernelClock clock;
    const auto who =
        TRY(runtime::call_patiently(clock, runtime::sleep, phoenix, Phoenix::Who{}, patience));
    return who.identity;
  }
  base::Result<void> kill_phoenix() override {
    return TRY(runtime::connect<interfaces::Phoenix>()).call(interfaces::Phoenix::Die{});
  }

 private:
  interfaces::Printer& printer_;
};

constinit ipc::PageBuffer<char, Console::kMaxLine> line;
alignas(interfaces::Printer) constinit std::byte printer_memory[sizeof(interfaces::Printer)] = {};

base::Result<void> run() {
  const auto console = TRY(runtime::connect<Console>());
  auto* printer = new (printer_memory) interfaces::Printer(console);
  ProcessSystem system(*printer);
  services::probe::SystemView view(system);
  services::probe::Introspection introspection(view);
  services::probe::Probe probe(system, introspection);
  system.print("probe: ready");
  for (;;) {
    const auto typed = TRY(console.call(Console::ReadLine{.line = line}));
    const size_t length = std::min<size_t>(typed.length, line.items().size());
    probe.command({line.items().data(), length});
  }
}

}  // namespace

int process_main() {
  return static_cast<int>(run().error().word);
}
