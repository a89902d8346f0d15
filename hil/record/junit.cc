// junit.xml in the dialect that CI servers agree on: failure = the product, error = the bench.
#include <cstdio>

#include "hil/record/results.h"
#include "probes/console/text.h"

namespace hil::record {
namespace {

/// XML 1.0 text: markup escaped, line feeds kept, other controls as \xNN.
std::string xml(std::string_view raw) {
  std::string result;
  for (size_t begin = 0; begin <= raw.size();) {
    const size_t end = std::min(raw.find('\n', begin), raw.size());
    for (const char c : probes::console::printable(raw.substr(begin, end - begin))) {
      if (c == '&')
        result += "&amp;";
      else if (c == '<')
        result += "&lt;";
      else if (c == '>')
        result += "&gt;";
      else if (c == '"')
        result += "&quot;";
      else
        result += c;
    }
    if (end < raw.size()) result += "&#10;";
    begin = end + 1;
  }
  return result;
}

std::string number(double value) {
  char text[64];
  snprintf(text, sizeof text, "%.10g", value);
  return text;
}

std::string time_text(double seconds) {
  char text[64];
  snprintf(text, sizeof text, "%.3f", seconds);
  return text;
}

std::string property(const std::string& name, const std::string& value) {
  return "        <property name=\"" + xml(name) + "\" value=\"" + xml(value) + "\"/>\n";
}

std::string test_case(const Results& results, const StepResult& step) {
  std::string text = "    <testcase classname=\"" + xml(results.script_name) +
                     (step.part.empty() ? "" : "." + xml(step.part)) + "\" name=\"" +
                     std::to_string(step.number) + " " + xml(step.name) + "\" file=\"" +
                     xml(results.script_file) + "\" line=\"" + std::to_string(step.line) +
                     "\" time=\"" + time_text(step.seconds) + "\">\n";
  std::string properties;
  for (const Value& value : step.values)
    properties += property(value.name + (value.unit.empty() ? "" : " [" + value.unit + "]"),
                           number(value.number));
  for (const std::string& name : step.series)
    for (const stats::Series& series : results.series) {
      if (series.name != name) continue;
      const stats::Summary summary = stats::summarize(series.values);
      for (const char* statistic : {"min", "p50", "p99", "max"})
        properties += property(name + "/" + statistic + " [" + series.unit + "]",
                               number(*stats::statistic(summary, statistic)));
    }
  if (!properties.empty()) text += "      <properties>\n" + properties + "      </properties>\n";
  const std::string first = step.reason.substr(0, step.reason.find('\n'));
  const std::string body = "message=\"" + xml(first) + "\">" + xml(step.reason);
  switch (step.status) {
    case Status::kPassed:
      break;
    case Status::kFailed:
      text += "      <failure type=\"product\" " + body + "</failure>\n";
      break;
    case Status::kError:
      text += "      <error type=\"bench\" " + body + "</error>\n";
      break;
    case Status::kInterrupted:
      text += "      <error type=\"interrupted\" " + body + "</error>\n";
      break;
    case Status::kSkipped:
    case Status::kNotRun:
      text += "      <skipped message=\"" + xml(step.reason) + "\"/>\n";
      break;
  }
  return text + "    </testcase>\n";
}

}  // namespace

std::string junit_xml(const Results& results) {
  const std::string counts =
      " tests=\"" + std::to_string(results.steps.size()) + "\" failures=\"" +
      std::to_string(results.count(Status::kFailed)) + "\" errors=\"" +
      std::to_string(results.count(Status::kError) + results.count(Status::kInterrupted)) +
      "\" skipped=\"" +
      std::to_string(results.count(Status::kSkipped) + results.count(Status::kNotRun)) +
      "\" time=\"" + time_text(results.seconds) + "\"";
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"hil\"" +
                     counts + ">\n  <testsuite name=\"" + xml(results.script_name) + "\"" + counts +
                     " timestamp=\"" + xml(results.started.substr(0, 19)) + "\" hostname=\"" +
                     xml(results.board) + "\">\n    <properties>\n";
  for (const auto& [name, value] : {std::pair<std::string, std::string>{"board", results.board},
                                    {"backend", results.backend},
                                    {"bench", results.bench},
                                    {"seed", std::to_string(results.seed)},
                                    {"run", results.run_id}})
    text += property(name, value).substr(2);
  for (const auto& [name, version] : results.tools) text += property(name, version).substr(2);
  for (const Image& image : results.images)
    text += property("image " + image.file, "sha256:" + image.sha256).substr(2);
  text += "    </properties>\n";
  for (const StepResult& step : results.steps) text += test_case(results, step);
  return text + "  </testsuite>\n</testsuites>\n";
}

}  // namespace hil::record
