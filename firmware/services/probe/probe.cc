#include "firmware/services/probe/probe.h"

#include "firmware/runtime/text.h"

namespace services::probe {
namespace {

using Line = runtime::Text<160>;
using interfaces::Fault;

struct FaultName {
  std::string_view name;
  Fault fault;
};
constexpr FaultName kFaults[] = {
    {"null", Fault::kNull},
    {"write-text", Fault::kWriteText},
    {"execute-data", Fault::kExecuteData},
    {"undefined", Fault::kUndefined},
    {"privileged", Fault::kPrivileged},
    {"stack", Fault::kStack},
    {"kernel", Fault::kKernel},
    {"thread-stack", Fault::kThreadStack},
};
static_assert(std::size(kFaults) == static_cast<size_t>(Fault::kCount));

std::string_view first_word(std::string_view& line) {
  size_t end = 0;
  while (end < line.size() && line[end] != ' ') ++end;
  const std::string_view word(line.data(), end);
  line.remove_prefix(end);
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  return word;
}

}  // namespace

void Probe::command(std::string_view line) {
  const std::string_view word = first_word(line);
  if (word == "fault") return fault(line);
  if (introspection_.command(word, line)) return;
  if (line.empty()) {
    if (word == "ping") return system_.print("probe: pong");
    if (word == "check") return check();
    if (word == "panic") {
      const base::Error error = system_.panic();
      return system_.print((Line() << "probe: panic refused, error ").hex(error.word).view());
    }
    if (word == "restart") return restart();
    if (word == "bench") return bench(System::Caches::kHot);
  }
  if (word == "bench" && line == "cold") return bench(System::Caches::kCold);
  system_.print(
      (Line() << "probe: no command \"" << word
              << "\"; there are ping, check, bench, bench cold, panic, restart, fault KIND, "
              << Introspection::kCommands)
          .view());
}

void Probe::bench(System::Caches caches) {
  const auto result = system_.run_bench(caches);
  if (!result)
    system_.print((Line() << "probe: bench failed, error ").hex(result.error().word).view());
}

void Probe::fault(std::string_view kind) {
  for (const FaultName& known : kFaults) {
    if (known.name != kind) continue;
    if (next_victim_ == system_.victims()) return system_.print("probe: no victim left");
    const size_t victim = next_victim_++;
    Line line;
    line << "probe: victim" << victim + 1 << ", fault " << kind << ": ";
    const auto result = system_.commit(victim, known.fault);
    if (result) {
      line << "SURVIVED";
    } else if (result.error().code() == base::Code::kNotFound) {
      line << "died";
    } else {
      (line << "could not be asked, error ").hex(result.error().word);
    }
    return system_.print(line.view());
  }
  Line line;
  line << "probe: no fault \"" << kind << "\"; there are";
  for (const FaultName& known : kFaults) line << " " << known.name;
  system_.print(line.view());
}

void Probe::restart() {
  const auto before = system_.phoenix(base::Duration::zero());
  if (!before) return system_.print("probe: phoenix is dead");
  const auto died = system_.kill_phoenix();
  if (died || died.error().code() != base::Code::kNotFound)
    return system_.print("probe: phoenix SURVIVED");
  const auto after = system_.phoenix(std::chrono::seconds(1));
  if (!after) return system_.print("probe: phoenix stays dead");
  Line line;
  (line << "probe: phoenix was ").hex(*before);
  (line << (*after == *before ? " and is the same: " : " and is ")).hex(*after);
  system_.print(line.view());
}

void Probe::check() {
  size_t passed = 0;
  for (size_t i = 0; i < system_.checks(); ++i) {
    const auto result = system_.run_check(i);
    Line line;
    line << "probe: check " << system_.check_name(i) << ": ";
    if (result) {
      ++passed;
      line << "passed";
    } else {
      (line << "FAILED, error ").hex(result.error().word);
    }
    system_.print(line.view());
  }
  system_.print(
      (Line() << "probe: " << passed << " of " << system_.checks() << " checks passed").view());
}

}  // namespace services::probe
