// results.json; its fields are documented in docs/results.md.
#include <nlohmann/json.hpp>

#include "hil/record/results.h"
#include "probes/console/text.h"

namespace hil::record {
namespace {

using Json = nlohmann::ordered_json;
using probes::console::printable;

double seconds(probes::BoardTime time) {
  return std::chrono::duration<double>(time).count();
}

/// Line feeds stay; anything else that is not plain UTF-8 is made so.
std::string text(const std::string& raw) {
  std::string result;
  size_t begin = 0;
  while (true) {
    const size_t end = raw.find('\n', begin);
    result += printable(std::string_view(raw).substr(begin, end - begin));
    if (end == std::string::npos) return result;
    result += '\n';
    begin = end + 1;
  }
}

Json step_json(const StepResult& step) {
  Json values = Json::array();
  for (const Value& value : step.values)
    values.push_back({{"name", text(value.name)}, {"value", value.number}, {"unit", value.unit}});
  Json json = {{"number", step.number},   {"name", text(step.name)},
               {"part", text(step.part)}, {"kind", step.kind},
               {"line", step.line},       {"status", status_name(step.status)},
               {"seconds", step.seconds}};
  if (step.begin && step.end) {
    json["board_begin_s"] = seconds(*step.begin);
    json["board_s"] = seconds(*step.end - *step.begin);
  }
  if (!step.reason.empty()) json["reason"] = text(step.reason);
  if (!values.empty()) json["values"] = values;
  if (!step.series.empty()) json["series"] = step.series;
  if (step.last_line) json["console_lines"] = {step.first_line, step.last_line};
  return json;
}

Json series_json(const stats::Series& series) {
  const stats::Summary summary = stats::summarize(series.values);
  return {{"name", text(series.name)}, {"unit", text(series.unit)}, {"samples", summary.samples},
          {"min", summary.min},        {"p50", summary.p50},        {"p99", summary.p99},
          {"max", summary.max},        {"mean", summary.mean},      {"values", series.values}};
}

}  // namespace

std::string results_json(const Results& results) {
  Json tools = Json::object(), images = Json::array(), steps = Json::array(),
       series = Json::array(), traces = Json::array();
  for (const auto& [name, version] : results.tools) tools[name] = text(version);
  for (const Image& image : results.images)
    images.push_back({{"file", text(image.file)}, {"size", image.size}, {"sha256", image.sha256}});
  for (const StepResult& step : results.steps) steps.push_back(step_json(step));
  for (const stats::Series& one : results.series) series.push_back(series_json(one));
  for (const TraceResult& trace : results.traces)
    traces.push_back({{"name", text(trace.name)},
                      {"file", text(trace.file)},
                      {"events", trace.events},
                      {"lost", trace.lost}});
  const Json json = {{"schema", kSchemaVersion},
                     {"outcome", outcome_name(results.outcome)},
                     {"reason", text(results.reason)},
                     {"script",
                      {{"name", text(results.script_name)},
                       {"about", text(results.script_about)},
                       {"file", text(results.script_file)},
                       {"sha256", results.script_sha256}}},
                     {"board",
                      {{"name", text(results.board)},
                       {"backend", results.backend},
                       {"bench", text(results.bench)},
                       {"soc", text(results.soc)}}},
                     {"images", images},
                     {"tools", tools},
                     {"seed", results.seed},
                     {"caches", results.caches},
                     {"run", results.run_id},
                     {"started", results.started},
                     {"finished", results.finished},
                     {"seconds", results.seconds},
                     {"board_s", seconds(results.board_time)},
                     {"counts",
                      {{"steps", results.steps.size()},
                       {"passed", results.count(Status::kPassed)},
                       {"failed", results.count(Status::kFailed)},
                       {"error", results.count(Status::kError)},
                       {"skipped", results.count(Status::kSkipped)},
                       {"interrupted", results.count(Status::kInterrupted)},
                       {"not_run", results.count(Status::kNotRun)}}},
                     {"steps", steps},
                     {"series", series},
                     {"traces", traces}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace hil::record
