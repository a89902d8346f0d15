// assert: judges a series that an earlier step measured.
#include "hil/run/rig.h"
#include "hil/steps/limits.h"
#include "hil/steps/steps.h"

namespace hil::steps {
namespace {

using script::Arguments;

script::Limits limits_of(const Arguments& arguments) {
  script::Limits limits;
  if (arguments.has("max")) limits = arguments.limits("max");
  if (arguments.has("min")) {
    limits.min = arguments.limits("min").max;
    limits.min_unit = arguments.limits("min").max_unit;
  }
  return limits;
}

void check(const Arguments& arguments, script::Checking& checking) {
  const script::Limits limits = limits_of(arguments);
  if (!limits.min && !limits.max)
    checking.problems.add(arguments.mark(), "`assert` has no limit; add `max: 400` or `min: 1`");
  if (limits.min && limits.max && *limits.min > *limits.max)
    checking.problems.add(arguments.mark("max"),
                          "the limits are reversed, no value can be in them; write min: " +
                              plain(*limits.max) + ", max: " + plain(*limits.min));
  const std::string& name = arguments.text("series");
  const auto series = checking.series.find(name);
  if (series != checking.series.end()) {
    check_limit_units(limits, series->second, arguments.mark("series"), checking);
    return;
  }
  std::vector<std::string_view> known;
  for (const auto& [measured, unit] : checking.series) known.push_back(measured);
  checking.problems.add(
      arguments.mark("series"),
      "series " + script::ticked(name) + " is not measured by a step before" +
          (known.empty() ? "; put a `measure` step first" : script::suggestion(name, known)));
}

StepEnd run(Rig&, const Arguments& arguments, Record& record) {
  const std::string& name = arguments.text("series");
  const stats::Series* series = record.find_series(name);
  if (!series) return product_fault("series " + name + " was not measured in this run");
  const stats::Summary summary = stats::summarize(series->values);
  const double value = *stats::statistic(summary, arguments.text("stat"));
  const std::string wrong = breach(value, series->unit, limits_of(arguments));
  if (!wrong.empty()) return product_fault(name + " " + arguments.text("stat") + ": " + wrong);
  return {};
}

}  // namespace

script::Kind assertion() {
  using script::Type;
  return {
      .name = "assert",
      .about = "Judges a series that a `measure` step before it recorded.",
      .forms = {
          {.head = "series",
           .about = "Fails when the statistic is out of its limits.",
           .example = "assert: {series: kernel/null_call, stat: p50, max: 400}",
           .needs = 0,
           .arguments = {{.name = "series",
                          .about = "Its name.",
                          .required = true,
                          .example = "kernel/null_call"},
                         {.name = "stat",
                          .type = Type::kChoice,
                          .about = "Which statistic.",
                          .required = true,
                          .choices = {"min", "p50", "p99", "max", "mean"}},
                         {.name = "max",
                          .type = Type::kBound,
                          .about = "Highest value allowed, in the series' unit."},
                         {.name = "min", .type = Type::kBound, .about = "Lowest value allowed."}},
           .check = check,
           .run = run}}};
}

}  // namespace hil::steps
