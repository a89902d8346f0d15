// A kernel's trace as the rig holds it: gathered from console lines (base/trace_lines.h), handed to
// viewers as Chrome trace events, drawn as a timeline.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/trace_lines.h"
#include "probes/failure.h"

namespace hil::trace {

using base::trace_lines::Event;

/// Who a thread belongs to, or a service is served by, when the trace was fetched.
struct Name {
  uint32_t pid = 0;
  std::string text{};
};

struct Trace {
  std::vector<Event> events{};  ///< in the order of their times
  std::map<uint32_t, Name> threads{}, services{};
  uint32_t lost = 0;  ///< older events that the kernel's ring had no room for
};

/// Lets no event be lost or damaged unseen.
class Collector {
 public:
  /// Takes one console line. True: it was of the trace; false: some other line. Fails, naming what
  /// is wrong, when a line is damaged, events are missing before it, time goes backwards, or the
  /// final count is not the number of events that came.
  probes::Outcome<bool> take(std::string_view text);
  /// Whether the last line has come.
  bool complete() const { return complete_; }
  const Trace& trace() const { return trace_; }

 private:
  Trace trace_;
  bool complete_ = false;
};

/// "thread 15, probe", or what there is to say.
std::string thread_text(const Trace& trace, uint32_t thread);
/// "call", "switch" and so on; "event 99" for what this rig does not know.
std::string kind_text(uint8_t kind);

/// Chrome's trace event format: ui.perfetto.dev and chrome://tracing open it. Running threads are
/// slices, messages are arrows from call to receipt and from answer to return.
std::string chrome_json(const Trace& trace);

/// Threads as rows, running time as bars, messages as arrows, interrupts as ticks; SVG coloured by
/// the report's style sheet. No more than `most_events` of the newest are drawn, and the picture
/// says so.
std::string timeline_svg(const Trace& trace, size_t most_events);

}  // namespace hil::trace
