#include "hil/run/recorder.h"

#include <algorithm>

#include "hil/record/files.h"
#include "hil/record/html.h"

namespace hil::run {
namespace {

/// Lines of the console that the report shows from each end.
constexpr size_t kReportedLines = 3000;
/// Events that a timeline shows.
constexpr size_t kDrawnEvents = 4000;

}  // namespace

probes::Outcome<void> Recorder::open() {
  for (const char* name : {"junit.xml", "report.html"}) {
    std::error_code ignored;  // of an earlier run
    std::filesystem::remove(folder_ / name, ignored);
  }
  TRY(console_.open(folder_));
  console_.on_line = [this](const probes::console::Line& line) { display_.console_line(line); };
  return save();
}

probes::Outcome<void> Recorder::save() {
  return record::write_atomically(folder_ / "results.json", record::results_json(results_));
}

probes::Outcome<void> Recorder::finish() {
  // Each file on its own: where one does not fit, a smaller one may.
  auto results = save();
  auto junit = record::write_atomically(folder_ / "junit.xml", record::junit_xml(results_));
  auto report = record::write_atomically(
      folder_ / "report.html",
      record::report_html(results_, record::read_console_log(folder_, kReportedLines)));
  TRY(std::move(results));
  TRY(std::move(junit));
  return report;
}

void Recorder::value(std::string name, double number, std::string unit) {
  step_->values.push_back({std::move(name), number, std::move(unit)});
}

void Recorder::series(stats::Series series) {
  if (find_series(series.name)) series.name += "#" + std::to_string(step_->number);
  step_->series.push_back(series.name);
  results_.series.push_back(std::move(series));
}

const stats::Series* Recorder::find_series(std::string_view name) const {
  const auto found = std::find_if(results_.series.begin(), results_.series.end(),
                                  [&](const stats::Series& series) { return series.name == name; });
  return found == results_.series.end() ? nullptr : &*found;
}

probes::Outcome<void> Recorder::trace(const std::string& name, const hil::trace::Trace& trace) {
  std::string unique = name;
  for (const record::TraceResult& other : results_.traces)
    if (other.name == name) unique = name + "-" + std::to_string(step_->number);
  const std::string file = unique + ".trace.json";
  TRY(record::write_atomically(folder_ / file, hil::trace::chrome_json(trace)));
  results_.traces.push_back({.name = unique,
                             .file = file,
                             .events = trace.events.size(),
                             .lost = trace.lost,
                             .drawing = hil::trace::timeline_svg(trace, kDrawnEvents)});
  return {};
}

void Recorder::image(const std::filesystem::path& file) {
  std::error_code error;
  results_.images.push_back({.file = file.string(),
                             .size = std::filesystem::file_size(file, error),
                             .sha256 = record::sha256_of_file(file)});
}

}  // namespace hil::run
