// measure: has the board run a timing suite and takes in its samples.
#include <re2/re2.h>

#include <algorithm>

#include "hil/run/rig.h"
#include "hil/script/quantity.h"
#include "hil/stats/collector.h"
#include "hil/steps/console_words.h"
#include "hil/steps/limits.h"
#include "hil/steps/steps.h"

namespace hil::steps {
namespace {

using probes::console::Line;
using probes::console::Wait;
using script::Arguments;

constexpr std::string_view kStatistics[] = {"min", "p50", "p99", "max", "mean"};

void check(const Arguments& arguments, script::Checking& checking) {
  for (const Arguments& wanted : arguments.objects("series")) {
    const std::string& name = wanted.text("name");
    const std::string& unit = wanted.text("unit");
    if (!checking.series.emplace(name, unit).second)
      checking.problems.add(wanted.mark("name"), "series " + script::ticked(name) +
                                                     " is measured twice in this script; remove "
                                                     "one");
    for (const std::string_view statistic : kStatistics)
      if (wanted.has(statistic))
        check_limit_units(wanted.limits(statistic), unit, wanted.mark(statistic), checking);
  }
}

/// What is wrong with the series, one line each.
std::string judge(const Arguments& wanted, const stats::Series& series) {
  const stats::Summary summary = stats::summarize(series.values);
  std::string wrong;
  if (series.unit != wanted.text("unit"))
    return "\n  " + series.name + " came in " + series.unit + ", not in " + wanted.text("unit");
  if (summary.samples < wanted.number("samples"))
    wrong += "\n  " + series.name + ": " + std::to_string(summary.samples) + " samples, at least " +
             std::to_string(wanted.number("samples")) + " were asked for";
  for (const std::string_view statistic : kStatistics) {
    if (!wanted.has(statistic)) continue;
    const std::string over =
        breach(*stats::statistic(summary, statistic), series.unit, wanted.limits(statistic));
    if (!over.empty()) wrong += "\n  " + series.name + " " + std::string(statistic) + ": " + over;
  }
  return wrong;
}

StepEnd run(Rig& rig, const Arguments& arguments, Record& record) {
  const re2::RE2& until = arguments.pattern("until");
  const re2::RE2* unless = arguments.has("unless") ? &arguments.pattern("unless") : nullptr;
  const probes::BoardTime limit = arguments.duration("within");
  if (arguments.has("command")) TRY(bench(rig.console->send(arguments.text("command") + "\n")));

  stats::Collector collector;
  std::string damage;  // or another reason to end at once
  size_t expected = 0, taken = 0;
  for (const Arguments& wanted : arguments.objects("series")) expected += wanted.number("samples");
  auto wait = rig.console->wait(limit, [&](const Line& line) {
    const auto sample = collector.take(line.text);
    if (!sample) {
      damage = "line " + std::to_string(line.number) + ": " + sample.error().what;
      return true;
    }
    if (!*sample && unless && re2::RE2::PartialMatch(line.text, *unless)) {
      damage = "/" + unless->pattern() + "/ came in line " + std::to_string(line.number) + " (`" +
               probes::console::printable(line.text.substr(0, 200)) + "`)";
      return true;
    }
    if (!*sample) return re2::RE2::PartialMatch(line.text, until);
    if (++taken % 16 == 0 && !collector.complete().empty())
      record.progress(static_cast<double>(collector.complete().size()) /
                          static_cast<double>(arguments.objects("series").size()),
                      collector.complete().back().name);
    return false;
  });
  // What came whole is kept, whatever else went wrong.
  for (const stats::Series& series : collector.complete()) record.series(series);
  const Wait ended = TRY(bench(std::move(wait)));
  if (!damage.empty()) return product_fault(damage);
  const std::string what = "/" + until.pattern() + "/";
  if (ended == Wait::kStalled)
    return product_fault(what + " cannot come: " + rig.console->stalled() +
                         last_lines(*rig.console));
  if (ended == Wait::kTimeUp)
    return product_fault(what + " did not come within " + script::write_duration(limit) +
                         last_lines(*rig.console));

  std::string wrong;
  for (const std::string& name : collector.unfinished()) wrong += "\n  " + name + " has no end";
  for (const Arguments& wanted : arguments.objects("series")) {
    const auto& all = collector.complete();
    const auto found = std::find_if(all.begin(), all.end(), [&](const stats::Series& series) {
      return series.name == wanted.text("name");
    });
    wrong +=
        found == all.end() ? "\n  " + wanted.text("name") + " did not come" : judge(wanted, *found);
  }
  if (!wrong.empty()) return product_fault("not as asked for:" + wrong);
  return {};
}

std::vector<script::Argument> series_fields() {
  using script::Type;
  std::vector<script::Argument> fields = {
      {.name = "name",
       .about = "Its name on the sample lines.",
       .required = true,
       .example = "kernel/null_call"},
      {.name = "unit",
       .about = "Its unit on the sample lines, `insn` or `cycles`.",
       .required = true,
       .example = "insn"},
      {.name = "samples",
       .type = Type::kCount,
       .about = "How many samples at least.",
       .fallback = "1",
       .example = "1000"}};
  for (const std::string_view statistic : kStatistics)
    fields.push_back({.name = statistic,
                      .type = Type::kLimits,
                      .about = "Limits, both inclusive, in the series' unit.",
                      .example = "{max: 500}"});
  return fields;
}

}  // namespace

script::Kind measure() {
  using script::Type;
  return {
      .name = "measure",
      .about =
          "Takes in series of samples, with their check sums, and judges them. A damaged or "
          "missing sample line fails the step and is named. Percentiles are by nearest rank. "
          "Every series that comes is recorded with all its values, whether listed or not.",
      .forms = {{.head = "from",
                 .about = "Sends `command`, then reads sample lines until `until` comes.",
                 .example = "measure: {from: console, command: bench, until: 'bench: done', "
                            "within: 60 s, series: [{name: kernel/null_call, unit: insn, samples: "
                            "1000, p99: {max: 500}}]}",
                 .needs = script::kConsole,
                 .arguments = {{.name = "from",
                                .type = Type::kChoice,
                                .about = "Where the samples come from.",
                                .required = true,
                                .choices = {"console"}},
                               {.name = "command",
                                .type = Type::kEscaped,
                                .about = "Line that starts the suite; its end is added.",
                                .example = "bench"},
                               {.name = "until",
                                .type = Type::kPattern,
                                .about = "The line that ends the suite.",
                                .required = true,
                                .example = "'bench: done'"},
                               {.name = "unless",
                                .type = Type::kPattern,
                                .about = "Fails at once when this is found first.",
                                .example = "'bench: FAILED'"},
                               {.name = "within",
                                .type = Type::kDuration,
                                .about = "How long the suite may take, in board time.",
                                .required = true,
                                .example = "60 s"},
                               {.name = "series",
                                .type = Type::kObjects,
                                .about = "The series that must come.",
                                .required = true,
                                .fields = series_fields()}},
                 .check = check,
                 .run = run}}};
}

}  // namespace hil::steps
