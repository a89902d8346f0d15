#include <nlohmann/json.hpp>

#include "hil/trace/trace.h"
#include "kernel/abi/trace.h"
#include "probes/console/text.h"

namespace hil::trace {
namespace {

using Json = nlohmann::ordered_json;
using kernel::abi::TraceKind;
using probes::console::printable;

class Writer {
 public:
  explicit Writer(const Trace& trace) : trace_(trace) {}

  std::string run() {
    name_rows();
    for (const Event& event : trace_.events) add(event);
    if (running_ && !trace_.events.empty()) end_slice(trace_.events.back().time_ns);
    Json json = {{"displayTimeUnit", "ns"},
                 {"otherData", {{"events", trace_.events.size()}, {"lost", trace_.lost}}},
                 {"traceEvents", std::move(events_)}};
    return json.dump(0, ' ', false, Json::error_handler_t::replace) + "\n";
  }

 private:
  static double microseconds(uint64_t time_ns) { return static_cast<double>(time_ns) / 1000; }
  uint32_t pid_of(uint32_t thread) const {
    const auto name = trace_.threads.find(thread);
    return name == trace_.threads.end() ? 0 : name->second.pid;
  }
  Json entry(const char* phase, const std::string& name, uint32_t thread, uint64_t time_ns) const {
    return {{"ph", phase},
            {"name", name},
            {"pid", pid_of(thread)},
            {"tid", thread},
            {"ts", microseconds(time_ns)}};
  }

  void name_rows() {
    for (const auto& [thread, name] : trace_.threads) {
      events_.push_back({{"ph", "M"},
                         {"name", "process_name"},
                         {"pid", name.pid},
                         {"tid", thread},
                         {"args", {{"name", printable(name.text)}}}});
      events_.push_back({{"ph", "M"},
                         {"name", "thread_name"},
                         {"pid", name.pid},
                         {"tid", thread},
                         {"args", {{"name", "thread " + std::to_string(thread)}}}});
    }
  }

  void end_slice(uint64_t now) {
    Json slice = entry("X", "runs", running_, since_);
    slice["dur"] = microseconds(now - since_);
    events_.push_back(std::move(slice));
    running_ = 0;
  }

  /// An arrow that begins at `from` ends at the matching receipt or return.
  void arrow(const char* phase, uint32_t key, uint32_t thread, uint64_t time) {
    Json flow = entry(phase, "message", thread, time);
    flow["cat"] = "ipc";
    flow["id"] = key;
    if (*phase == 'f') flow["bp"] = "e";
    events_.push_back(std::move(flow));
  }

  void add(const Event& event) {
    const auto kind = static_cast<TraceKind>(event.kind);
    if (kind == TraceKind::kSwitch) {
      if (running_) end_slice(event.time_ns);
      running_ = event.thread;
      since_ = event.time_ns;
      return;
    }
    Json instant = entry("i", label(event), event.thread, event.time_ns);
    instant["s"] = "t";
    instant["args"] = {{"value", event.value}, {"detail", event.detail}};
    events_.push_back(std::move(instant));
    if (kind == TraceKind::kCall) {
      open_[event.thread] = ++arrows_;
      arrow("s", arrows_, event.thread, event.time_ns);
    } else if (kind == TraceKind::kReceive) {
      const auto open = open_.find(event.value);
      if (open == open_.end()) return;  // called before the trace began
      arrow("f", open->second, event.thread, event.time_ns);
      open_.erase(open);
    } else if (kind == TraceKind::kReply) {
      arrow("s", ++arrows_, event.thread, event.time_ns);
      arrow("f", arrows_, event.value, event.time_ns);
    }
  }

  std::string label(const Event& event) const {
    const auto kind = static_cast<TraceKind>(event.kind);
    const std::string what = kind_text(event.kind);
    if (kind != TraceKind::kCall && kind != TraceKind::kSend && kind != TraceKind::kNotify)
      return what;
    const auto service = trace_.services.find(event.value);
    return what + " " +
           (service == trace_.services.end() ? "service " + std::to_string(event.value)
                                             : printable(service->second.text));
  }

  const Trace& trace_;
  Json events_ = Json::array();
  std::map<uint32_t, uint32_t> open_;  // calls not received yet: caller's thread to arrow
  uint32_t arrows_ = 0, running_ = 0;
  uint64_t since_ = 0;
};

}  // namespace

std::string chrome_json(const Trace& trace) {
  return Writer(trace).run();
}

}  // namespace hil::trace
