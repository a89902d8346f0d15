#include "firmware/services/probe/introspection.h"

#include <algorithm>
#include <cstring>

#include "base/modules.h"
#include "base/trace_lines.h"
#include "firmware/runtime/text.h"
#include "kernel/abi/message.h"

namespace services::probe {
namespace {

constexpr uint8_t kModule = base::module_number("firmware/services/probe/introspection.cc");
constexpr uint32_t kMostProcesses = 256, kMostThreads = 1025;
constexpr uint32_t kPageKibibytes = kernel::abi::kPageSize / 1024;

using runtime::text_of;
using Line = runtime::Text<160>;
using kernel::abi::Identity;
using kernel::abi::Statistics;

uint32_t pid_of(uint32_t identity) {
  return Identity{identity}.pid();
}

/// Ends where the statistics do: a slot that was never used. Errors of permission are told.
bool is_gap(const base::Error& error) {
  return error.code() == base::Code::kNotFound;
}

}  // namespace

bool Introspection::command(std::string_view word, std::string_view rest) {
  base::Result<void> done;
  if (word == "trace") {
    done = trace(rest);
  } else if (!rest.empty()) {
    return false;
  } else if (word == "ps") {
    done = processes();
  } else if (word == "threads") {
    done = threads();
  } else if (word == "ipc") {
    done = messages();
  } else if (word == "crashes") {
    done = crashes();
  } else {
    return false;
  }
  if (!done)
    view_.print((Line() << "probe: " << word << " failed, error ").hex(done.error().word).view());
  return true;
}

std::array<char, 24> Introspection::name_of(uint32_t identity) {
  std::array<char, 24> name{'?'};
  const auto numbers = view_.statistics(Statistics::kProcessName, pid_of(identity));
  if (numbers) std::memcpy(name.data(), numbers->data(), name.size());
  return name;
}

base::Result<void> Introspection::processes() {
  for (uint32_t pid = 1; pid < kMostProcesses; ++pid) {
    const auto numbers = view_.statistics(Statistics::kProcess, pid);
    if (!numbers && is_gap(numbers.error())) continue;
    if (!numbers) return numbers.error();
    const auto& [identity, alive, pages, limit, threads, queued, connections, calls, restart] =
        *numbers;
    const auto name = name_of(identity);
    Line line;
    line << "ps: " << pid << " " << text_of(name);
    if (alive) {
      line << " alive, " << pages * kPageKibibytes << " of " << limit * kPageKibibytes << " KiB, "
           << threads << " threads, " << connections << " connections, " << queued << " queued, "
           << calls << " calls";
    } else {
      line << " dead";
    }
    view_.print(line.view());
  }
  const auto system = TRY(view_.statistics(Statistics::kSystem, 0));
  Line line;
  line << "ps: " << system[0] << " processes, " << system[1] << " threads, "
       << system[2] * kPageKibibytes << " KiB free, " << system[4] << " faults, " << system[6]
       << " interrupt storms, " << system[5] << " bytes of log lost";
  view_.print(line.view());
  return {};
}

base::Result<void> Introspection::threads() {
  uint32_t count = 0;
  for (uint32_t index = 1; index < kMostThreads; ++index) {
    const auto numbers = view_.statistics(Statistics::kThread, index);
    if (!numbers && is_gap(numbers.error())) continue;
    if (!numbers) return numbers.error();
    const auto name = name_of((*numbers)[0]);
    Line line;
    line << "threads: " << index << " " << text_of(name) << " "
         << ((*numbers)[1] == 0 ? "ready" : "waits") << ", priority " << (*numbers)[2];
    if ((*numbers)[2] != (*numbers)[3]) line << " (own " << (*numbers)[3] << ")";
    if ((*numbers)[4]) line << ", " << (*numbers)[4] << " pages lent";
    view_.print(line.view());
    ++count;
  }
  view_.print((Line() << "threads: " << count << " in all").view());
  return {};
}

base::Result<void> Introspection::messages() {
  for (uint32_t id = 0; id < view_.services(); ++id) {
    const auto numbers = TRY(view_.statistics(Statistics::kService, id));
    Line line;
    line << "ipc: " << view_.service_name(id);
    if (numbers[0]) {
      const auto name = name_of(numbers[0]);
      line << " by " << text_of(name) << ", " << numbers[1] << " messages wait, " << numbers[2]
           << " threads receive, " << numbers[3] << " connections";
    } else {
      line << " by nobody, " << numbers[3] << " connections";
    }
    view_.print(line.view());
  }
  view_.print((Line() << "ipc: " << view_.services() << " services").view());
  return {};
}

base::Result<void> Introspection::crashes() {
  const auto counts = TRY(view_.crashes());
  const uint32_t kept = std::min(counts.ended, interfaces::Crash::kKept);
  for (uint32_t age = kept; age-- > 0;) {
    const auto record = TRY(view_.crash(age));
    Line line;
    line << "crashes: " << text_of(record.name) << " (pid " << pid_of(record.identity) << ") ";
    switch (record.reason) {
      case kernel::abi::EndReason::kFaulted:
        (line << text_of(record.kind) << " at ").hex(record.address);
        (line << ", pc ").hex(record.pc);
        break;
      case kernel::abi::EndReason::kExited:
        (line << "exit ").hex(record.exit_code);
        break;
      case kernel::abi::EndReason::kKilled:
        line << "killed";
        break;
    }
    line << ", after " << static_cast<uint32_t>(record.time_ns / 1'000'000) << " ms";
    view_.print(line.view());
  }
  Line line;
  line << "probe: " << counts.ended << " ended, " << counts.faulted << " by a fault; "
       << counts.started << " started again, " << counts.given_up << " given up, " << counts.lost
       << " lost";
  view_.print(line.view());
  return {};
}

base::Result<void> Introspection::trace(std::string_view what) {
  if (what == "start" || what == "stop") {
    TRY(view_.trace(what == "start"));
    view_.print(what == "start" ? "probe: trace started" : "probe: trace stopped");
    return {};
  }
  if (what == "dump") return dump();
  view_.print("probe: no such trace command; there are trace start, trace stop, trace dump");
  return {};
}

/// Stops the trace: what is being dumped would make more of it.
base::Result<void> Introspection::dump() {
  using base::trace_lines::Event;
  TRY(view_.trace(false));
  names();
  constexpr size_t kPerLine = 3;
  alignas(8) std::array<kernel::abi::TraceEvent, kPerLine * 4> raw;
  std::array<char, 128> out;
  uint32_t count = 0;
  for (;;) {
    const auto [some, lost] = TRY(view_.read_trace(raw));
    if (some == 0) {
      const auto end = base::trace_lines::write_end(out, count, lost);
      view_.print({out.data(), end.characters});
      return {};
    }
    if (some > raw.size()) return FAIL(kDataLoss);
    for (uint32_t done = 0; done < some;) {
      std::array<Event, kPerLine> events{};
      const uint32_t in_line = std::min<uint32_t>(kPerLine, some - done);
      for (uint32_t i = 0; i < in_line; ++i) {
        const kernel::abi::TraceEvent& event = raw[done + i];
        events[i] = {.time_ns = event.time_ns,
                     .value = event.value,
                     .thread = event.thread,
                     .kind = static_cast<uint8_t>(event.kind),
                     .detail = event.detail};
      }
      const auto line = base::trace_lines::write_events(
          out, count, std::span<const Event>(events).first(in_line));
      view_.print({out.data(), line.characters});
      done += static_cast<uint32_t>(line.values);
      count += static_cast<uint32_t>(line.values);
    }
  }
}

void Introspection::names() {
  using base::trace_lines::Named;
  using base::trace_lines::write_name;
  std::array<char, 128> out;
  for (uint32_t index = 1; index < kMostThreads; ++index) {
    const auto numbers = view_.statistics(Statistics::kThread, index);
    if (!numbers) continue;
    const auto name = name_of((*numbers)[0]);
    const auto line = write_name(out, Named::kThread, index, pid_of((*numbers)[0]), text_of(name));
    view_.print({out.data(), line.characters});
  }
  for (uint32_t id = 0; id < view_.services(); ++id) {
    const auto numbers = view_.statistics(Statistics::kService, id);
    const uint32_t pid = numbers ? pid_of((*numbers)[0]) : 0;
    const auto line = write_name(out, Named::kService, id, pid, view_.service_name(id));
    view_.print({out.data(), line.characters});
  }
}

}  // namespace services::probe
