#include "hil/trace/trace.h"
#include "kernel/abi/trace.h"
#include "probes/console/text.h"

namespace hil::trace {
namespace {

using base::trace_lines::Line;
using base::trace_lines::Reading;
using probes::Failure;

/// More than any kernel's ring holds: a board that never ends its trace must not eat our memory.
constexpr size_t kEventLimit = 1'000'000;

std::string quote(std::string_view text) {
  return "`" + probes::console::printable(text.substr(0, 120)) + (text.size() > 120 ? "...`" : "`");
}

bool looks_like_trace(std::string_view text) {
  for (const char* mark : {"@T ", "@N ", "@Z "})
    if (text.find(mark) != std::string_view::npos) return true;
  return false;
}

}  // namespace

probes::Outcome<bool> Collector::take(std::string_view text) {
  Line line;
  const Reading reading = base::trace_lines::read_line(text, line);
  if (reading == Reading::kCorrupt || (reading == Reading::kOther && looks_like_trace(text)))
    return Failure{"a trace line was damaged on its way (its check sum is wrong): " + quote(text)};
  if (reading == Reading::kOther) return false;
  if (complete_) return Failure{"the trace goes on after its end: " + quote(text)};

  if (line.kind == Line::Kind::kName) {
    auto& names = line.what == base::trace_lines::Named::kThread ? trace_.threads : trace_.services;
    names[line.number] = {line.other, std::string(line.rest)};
    return true;
  }
  if (line.number != trace_.events.size())
    return Failure{"events are missing: " + std::to_string(trace_.events.size()) +
                   " came, but this line says that there were " + std::to_string(line.number) +
                   ": " + quote(text)};
  if (line.kind == Line::Kind::kEnd) {
    trace_.lost = line.other;
    complete_ = true;
    return true;
  }
  while (const auto event = base::trace_lines::next_event(line.rest)) {
    if (!trace_.events.empty() && event->time_ns < trace_.events.back().time_ns)
      return Failure{"time goes backwards in event " + std::to_string(trace_.events.size()) + ": " +
                     quote(text)};
    trace_.events.push_back(*event);
  }
  if (trace_.events.size() > kEventLimit) return Failure{"the trace has over 1,000,000 events"};
  return true;
}

std::string thread_text(const Trace& trace, uint32_t thread) {
  const auto name = trace.threads.find(thread);
  if (thread == 0) return "idle";
  return "thread " + std::to_string(thread) +
         (name == trace.threads.end() ? "" : ", " + name->second.text);
}

std::string kind_text(uint8_t kind) {
  using kernel::abi::TraceKind;
  switch (static_cast<TraceKind>(kind)) {
    case TraceKind::kSwitch:
      return "switch";
    case TraceKind::kCall:
      return "call";
    case TraceKind::kReceive:
      return "receive";
    case TraceKind::kReply:
      return "reply";
    case TraceKind::kSend:
      return "send";
    case TraceKind::kNotify:
      return "notify";
    case TraceKind::kInterrupt:
      return "interrupt";
    case TraceKind::kFault:
      return "fault";
    case TraceKind::kEnd:
      return "end";
    case TraceKind::kTimeout:
      return "timeout";
  }
  return "event " + std::to_string(kind);
}

}  // namespace hil::trace
