// expect: waits for the console to say something, or to stay silent about it.
#include <re2/re2.h>

#include <optional>

#include "hil/run/rig.h"
#include "hil/script/quantity.h"
#include "hil/steps/console_words.h"
#include "hil/steps/steps.h"

namespace hil::steps {
namespace {

using probes::BoardTime;
using probes::console::Line;
using probes::console::Wait;
using script::write_duration;

std::string place(const Line& line) {
  return "line " + std::to_string(line.number) + " (`" +
         probes::console::printable(line.text.substr(0, 200)) + "`)";
}

StepEnd run_expect(Rig& rig, const script::Arguments& arguments, Record& record) {
  const re2::RE2& wanted = arguments.pattern("console");
  const re2::RE2* unless = arguments.has("unless") ? &arguments.pattern("unless") : nullptr;
  const BoardTime begin = rig.console->now(), limit = arguments.duration("within");
  std::optional<Line> bad, good;
  const Wait wait = TRY(bench(rig.console->wait(limit, [&](const Line& line) {
    if (unless && re2::RE2::PartialMatch(line.text, *unless)) return bad = line, true;
    if (re2::RE2::PartialMatch(line.text, wanted)) return good = line, true;
    return false;
  })));
  const std::string what = "/" + wanted.pattern() + "/";
  if (bad)
    return product_fault("while waiting for " + what + ", /" + unless->pattern() + "/ came in " +
                         place(*bad));
  if (wait == Wait::kStalled)
    return product_fault(what + " cannot come: " + rig.console->stalled() +
                         last_lines(*rig.console));
  if (wait == Wait::kTimeUp)
    return product_fault(what + " did not come within " + write_duration(limit) +
                         last_lines(*rig.console));
  record.value("waited", std::chrono::duration<double>(rig.console->now() - begin).count(), "s");
  return {};
}

StepEnd run_never(Rig& rig, const script::Arguments& arguments, Record&) {
  const re2::RE2& unwanted = arguments.pattern("never");
  std::optional<Line> bad;
  const Wait wait = TRY(bench(rig.console->wait(arguments.duration("for"), [&](const Line& line) {
    if (!re2::RE2::PartialMatch(line.text, unwanted)) return false;
    bad = line;
    return true;
  })));
  if (bad) return product_fault("/" + unwanted.pattern() + "/ came in " + place(*bad));
  // A board whose time cannot pass proves nothing by its silence.
  if (wait == Wait::kStalled)
    return product_fault("the silence proves nothing: " + rig.console->stalled());
  return {};
}

}  // namespace

script::Kind expect() {
  using script::Type;
  return {
      .name = "expect",
      .about =
          "Watches the console. Lines are looked at once, in order: each `expect` goes on "
          "behind the line that the one before found. A line without an end, such as a "
          "prompt, is looked at when the console has been silent for 20 ms.",
      .forms = {
          {.head = "console",
           .about = "Waits for a line in which the regular expression is found.",
           .example = "expect: {console: 'kernel: ready, \\d+ processes', within: 5 s}",
           .needs = script::kConsole,
           .arguments = {{.name = "console",
                          .type = Type::kPattern,
                          .about = "What to wait for.",
                          .required = true},
                         {.name = "within",
                          .type = Type::kDuration,
                          .about = "How long at most: virtual time on a virtual board, wall time "
                                   "on silicon.",
                          .required = true},
                         {.name = "unless",
                          .type = Type::kPattern,
                          .about = "Fails at once when this is found first.",
                          .example = "'panic|REFUSED'"}},
           .run = run_expect},
          {.head = "never",
           .about = "Passes when no line with the regular expression comes for a time.",
           .example = "expect: {never: 'kernel:', for: 2 s}",
           .needs = script::kConsole,
           .arguments = {{.name = "never",
                          .type = Type::kPattern,
                          .about = "What must not come.",
                          .required = true},
                         {.name = "for",
                          .type = Type::kDuration,
                          .about = "How long to watch.",
                          .required = true}},
           .run = run_never}}};
}

}  // namespace hil::steps
