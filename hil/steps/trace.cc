// trace: has the board's kernel note what runs and who calls whom, and takes the notes in.
#include "hil/trace/trace.h"

#include <re2/re2.h>

#include "hil/run/rig.h"
#include "hil/script/quantity.h"
#include "hil/steps/console_words.h"
#include "hil/steps/steps.h"

namespace hil::steps {
namespace {

using probes::console::Line;
using probes::console::Wait;
using script::Arguments;
using namespace std::chrono_literals;

constexpr std::string_view kRefused = "probe: (trace failed|no command)";

/// Types a command and waits for the line that answers it.
StepEnd command(Rig& rig, const std::string& typed, const std::string& answer) {
  TRY(bench(rig.console->send(typed + "\n")));
  bool refused = false;
  std::string said;
  const Wait ended = TRY(bench(rig.console->wait(2s, [&](const Line& line) {
    said = line.text;
    refused = re2::RE2::PartialMatch(line.text, re2::StringPiece(kRefused));
    return refused || line.text == answer;
  })));
  if (refused)
    return product_fault("the board answered `" + probes::console::printable(said) + "`");
  if (ended != Wait::kFound)
    return product_fault("`" + answer + "` did not come within 2 s" + last_lines(*rig.console));
  return {};
}

StepEnd start(Rig& rig, const Arguments&, Record&) {
  return command(rig, "trace start", "probe: trace started");
}
StepEnd stop(Rig& rig, const Arguments&, Record&) {
  return command(rig, "trace stop", "probe: trace stopped");
}

void check_name(const Arguments& arguments, script::Checking& checking) {
  const std::string& name = arguments.text("fetch");
  if (name.empty() || !re2::RE2::FullMatch(name, "[A-Za-z0-9_][A-Za-z0-9_.-]{0,80}"))
    checking.problems.add(
        arguments.mark("fetch"),
        script::ticked(name) + " is no name for a file; use letters, digits, '_', '-' and '.'");
}

StepEnd fetch(Rig& rig, const Arguments& arguments, Record& record) {
  const probes::BoardTime limit = arguments.duration("within");
  TRY(bench(rig.console->send("trace dump\n")));
  trace::Collector collector;
  std::string damage;
  const Wait ended = TRY(bench(rig.console->wait(limit, [&](const Line& line) {
    const auto taken = collector.take(line.text);
    if (!taken) {
      damage = "line " + std::to_string(line.number) + ": " + taken.error().what;
    } else if (!*taken && re2::RE2::PartialMatch(line.text, re2::StringPiece(kRefused))) {
      damage = "the board answered `" + probes::console::printable(line.text) + "`";
    }
    return !damage.empty() || collector.complete();
  })));
  const trace::Trace& whole = collector.trace();
  if (!damage.empty()) return product_fault(damage);
  if (ended != Wait::kFound)
    return product_fault("the trace did not end within " + script::write_duration(limit) + "; " +
                         std::to_string(whole.events.size()) + " events came" +
                         last_lines(*rig.console));
  const uint64_t least = arguments.number("events");
  record.value("events", static_cast<double>(whole.events.size()), "events");
  record.value("lost", whole.lost, "events");
  TRY(bench(record.trace(arguments.text("fetch"), whole)));
  if (whole.events.size() < least)
    return product_fault(std::to_string(whole.events.size()) + " events came, at least " +
                         std::to_string(least) + " were asked for");
  return {};
}

}  // namespace

script::Kind trace() {
  using script::Type;
  return {
      .name = "trace",
      .about =
          "Has the kernel note what runs and who sends what to whom, by the probe process's "
          "commands, and draws it in the report. While a trace is on, messages take longer. "
          "The kernel keeps the newest 4,096 events.",
      .forms = {{.head = "start",
                 .about = "Begins a new trace.",
                 .example = "trace: start",
                 .needs = script::kConsole,
                 .run = start},
                {.head = "stop",
                 .about = "Ends it; its events stay to be fetched.",
                 .example = "trace: stop",
                 .needs = script::kConsole,
                 .run = stop},
                {.head = "fetch",
                 .about = "Ends it, takes the events in with their check sums, stores them as "
                          "`NAME.trace.json` (Chrome's format: ui.perfetto.dev opens it) and draws "
                          "the newest 4,000 in the report. A damaged or missing line fails the "
                          "step and is named.",
                 .example = "trace: {fetch: boot, within: 30 s, events: 100}",
                 .needs = script::kConsole,
                 .arguments = {{.name = "fetch",
                                .about = "Its name in the results.",
                                .required = true,
                                .example = "boot"},
                               {.name = "within",
                                .type = Type::kDuration,
                                .about = "How long that may take, in board time.",
                                .fallback = "30 s",
                                .example = "60 s"},
                               {.name = "events",
                                .type = Type::kCount,
                                .about = "How many events at least.",
                                .fallback = "1",
                                .example = "100"}},
                 .check = check_name,
                 .run = fetch}}};
}

}  // namespace hil::steps
