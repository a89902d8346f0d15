#include "hil/record/html.h"

#include <cstdio>

#include "hil/record/svg.h"

namespace hil::record {
namespace {

constexpr const char* kHead = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>
:root { --ground:#fafaf7; --panel:#fff; --ink:#1d2026; --faint:#6b7280; --line:#e3e3dd; --good:#1a7f4b;
  --bad:#c02f2f; --warn:#9a6700; --accent:#2f5fc4; --wash:#2f5fc41a; }
@media (prefers-color-scheme: dark) { :root { --ground:#14161a; --panel:#1c1f25; --ink:#e6e7ea; --faint:#9aa1ad;
  --line:#2f343d; --good:#4cc38a; --bad:#ff7b72; --warn:#e3b341; --accent:#7aa2f7; --wash:#7aa2f726; } }
* { box-sizing:border-box }
body { margin:0; background:var(--ground); color:var(--ink); font:15px/1.5 system-ui,sans-serif }
main { max-width:1080px; margin:0 auto; padding:28px 20px 60px }
h1 { font-size:26px; margin:0 } h2 { font-size:18px; margin:36px 0 10px }
h3 { font-size:14px; margin:0 0 2px; font-family:ui-monospace,monospace }
p.about { color:var(--faint); margin:4px 0 0 }
.badge { display:inline-block; padding:2px 12px; border-radius:99px; color:var(--panel); font-weight:600;
  vertical-align:4px; font-size:14px; margin-left:10px }
.passed { --tone:var(--good) } .failed,.error { --tone:var(--bad) }
.skipped,.interrupted,.incomplete,.running,.not_run { --tone:var(--warn) }
.badge { background:var(--tone) } td.status { color:var(--tone); font-weight:600; white-space:nowrap }
.reason { border-left:4px solid var(--warn); background:var(--panel); padding:8px 14px; margin:16px 0 }
dl { display:grid; grid-template-columns:max-content 1fr; gap:2px 18px; margin:18px 0 0; font-size:13px }
dt { color:var(--faint) } dd { margin:0; font-family:ui-monospace,monospace; overflow-wrap:anywhere }
.scroll { overflow-x:auto; background:var(--panel); border:1px solid var(--line); border-radius:8px }
table { border-collapse:collapse; width:100%; font-size:14px }
th { text-align:left; color:var(--faint); font-weight:500; font-size:12px }
th,td { padding:6px 12px; border-bottom:1px solid var(--line); vertical-align:top }
tr:last-child td { border-bottom:0 }
td.n,th.n { text-align:right; font-variant-numeric:tabular-nums; white-space:nowrap }
tr.part td { font-weight:600; background:var(--wash) }
pre { margin:6px 0 0; white-space:pre-wrap; overflow-wrap:anywhere; font:12px/1.45 ui-monospace,monospace }
.values { color:var(--faint); font-size:12px }
.cards { display:grid; grid-template-columns:repeat(auto-fill,minmax(320px,1fr)); gap:14px }
.card { background:var(--panel); border:1px solid var(--line); border-radius:8px; padding:12px 14px }
.card small { color:var(--faint) } svg { width:100%; height:auto; display:block }
svg text { fill:var(--faint); font:10px system-ui,sans-serif } .bar { fill:var(--accent) }
.axis { stroke:var(--line) } .p50 { stroke:var(--ink); stroke-dasharray:3 2 } .p99 { stroke:var(--bad); stroke-dasharray:3 2 }
.console { max-height:640px; overflow:auto; padding:10px 14px; font:12px/1.45 ui-monospace,monospace }
.console div { white-space:pre-wrap; overflow-wrap:anywhere; padding-left:11ch; text-indent:-11ch }
.console i { color:var(--faint); font-style:normal; display:inline-block; width:11ch; text-indent:0 }
.console b { display:block; color:var(--accent); font-weight:600; margin:6px 0 2px }
.scroll.timeline svg { width:1600px; max-width:none } .scroll.timeline small { color:var(--faint); padding:0 12px }
.message,.answer { fill:none; stroke:var(--ink); stroke-width:.6 } .answer { stroke:var(--faint) }
.tick { stroke:var(--warn) } .alarm { stroke:var(--bad); stroke-width:2 }
footer { color:var(--faint); font-size:12px; margin-top:36px }
</style>
)";

std::string html(std::string_view raw) {
  std::string result;
  for (const char c : raw) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '"')
      result += "&quot;";
    else if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t')
      result += c;
  }
  return result;
}

template <class... Values>
std::string format(const char* pattern, Values... values) {
  char text[256];
  snprintf(text, sizeof text, pattern, values...);
  return text;
}

std::string seconds_text(double seconds) {
  if (seconds < 0.001) return format("%.0f µs", seconds * 1e6);
  if (seconds < 1) return format("%.1f ms", seconds * 1e3);
  return format("%.2f s", seconds);
}

std::string fact(const std::string& name, const std::string& value) {
  return value.empty() ? "" : "<dt>" + html(name) + "</dt><dd>" + html(value) + "</dd>";
}

std::string head(const Results& results) {
  const std::string outcome(outcome_name(results.outcome));
  std::string text = std::string(kHead) + "<title>" + html(results.script_name) + ": " + outcome +
                     "</title></head><body><main>\n<h1>" + html(results.script_name) +
                     "<span class=\"badge " + outcome + "\">" + outcome + "</span></h1>\n";
  if (!results.script_about.empty())
    text += "<p class=\"about\">" + html(results.script_about) + "</p>\n";
  if (!results.reason.empty())
    text += "<div class=\"reason\"><pre>" + html(results.reason) + "</pre></div>\n";
  text += "<dl>" + fact("board", results.board + " (" + results.backend + ")") +
          fact("bench", results.bench) + fact("soc", results.soc) +
          fact("script", results.script_file) + fact("started", results.started) +
          fact("took", seconds_text(results.seconds) + " wall, " +
                           seconds_text(std::chrono::duration<double>(results.board_time).count()) +
                           " on the board") +
          fact("seed", std::to_string(results.seed)) + fact("run", results.run_id);
  for (const Image& image : results.images)
    text += fact("image", image.file + ", sha256 " + image.sha256);
  for (const auto& [name, version] : results.tools) text += fact(name, version);
  return text + "</dl>\n";
}

/// What has no unit is what stands in a word of memory or a register.
std::string value_text(const Value& value) {
  if (value.unit.empty()) return format("0x%08llx", static_cast<unsigned long long>(value.number));
  return format("%.6g ", value.number) + html(value.unit);
}

std::string step_row(const StepResult& step) {
  const std::string status(status_name(step.status));
  std::string text =
      "<tr><td class=\"n\">" + std::to_string(step.number) + "</td><td>" + html(step.name);
  std::string values;
  for (const Value& value : step.values)
    values += (values.empty() ? "" : ", ") + html(value.name) + " " + value_text(value);
  if (!values.empty()) text += "<div class=\"values\">" + values + "</div>";
  if (!step.reason.empty()) text += "<pre>" + html(step.reason) + "</pre>";
  text += "</td><td class=\"status " + status + "\">" +
          (step.status == Status::kNotRun ? "not run" : status) + "</td><td class=\"n\">";
  const bool ran = step.status != Status::kNotRun && step.status != Status::kSkipped;
  text += ran ? seconds_text(step.seconds) : "";
  text += "</td><td class=\"n\">";
  if (step.begin && step.end && *step.end > *step.begin)
    text += seconds_text(std::chrono::duration<double>(*step.end - *step.begin).count());
  return text + "</td></tr>\n";
}

std::string steps_table(const Results& results) {
  std::string text =
      "<h2>Steps</h2>\n<div class=\"scroll\"><table><tr><th class=\"n\">#</th><th>step</th>"
      "<th>status</th><th class=\"n\">wall</th><th class=\"n\">board</th></tr>\n";
  std::string part;
  for (const StepResult& step : results.steps) {
    if (step.part != part)
      text += "<tr class=\"part\"><td></td><td colspan=\"4\">" + html(step.part) + "</td></tr>\n";
    part = step.part;
    text += step_row(step);
  }
  return text + "</table></div>\n";
}

std::string series_cards(const Results& results) {
  if (results.series.empty()) return "";
  std::string table =
      "<div class=\"scroll\"><table><tr><th>series</th><th>unit</th><th class=\"n\">samples</th>"
      "<th class=\"n\">min</th><th class=\"n\">p50</th><th class=\"n\">p99</th><th class=\"n\">max"
      "</th></tr>\n";
  std::string cards = "<div class=\"cards\" style=\"margin-top:14px\">\n";
  for (const stats::Series& series : results.series) {
    const stats::Summary summary = stats::summarize(series.values);
    table += "<tr><td>" + html(series.name) + "</td><td>" + html(series.unit) + "</td>";
    for (const size_t value : {summary.samples, size_t{summary.min}, size_t{summary.p50},
                               size_t{summary.p99}, size_t{summary.max}})
      table += "<td class=\"n\">" + std::to_string(value) + "</td>";
    table += "</tr>\n";
    cards += "<div class=\"card\"><h3>" + html(series.name) + "</h3><small>" + html(series.unit) +
             ", " + std::to_string(summary.samples) + " samples</small>" + histogram_svg(series) +
             "</div>\n";
  }
  return "<h2>Measured series</h2>\n" + table + "</table></div>\n" + cards + "</div>\n";
}

std::string timelines(const Results& results) {
  std::string text;
  for (const TraceResult& trace : results.traces)
    text += "<h2>Timeline: " + html(trace.name) + "</h2>\n<div class=\"scroll timeline\">" +
            trace.drawing + "</div>\n<p class=\"about\">" + html(trace.file) +
            " opens in ui.perfetto.dev.</p>\n";
  return text;
}

std::string console_panel(const Results& results, const std::vector<LoggedLine>& console) {
  std::string text = "<h2>Console</h2>\n<div class=\"scroll console\">\n";
  if (console.empty()) text += "<div>The console said nothing.</div>\n";
  size_t next_step = 0;
  uint64_t last = 0;
  for (const LoggedLine& line : console) {
    for (; next_step < results.steps.size(); ++next_step) {
      const StepResult& step = results.steps[next_step];
      if (step.first_line == 0 || step.first_line > line.number) {
        if (step.first_line != 0) break;
        continue;
      }
      text += "<b>" + std::to_string(step.number) + " " + html(step.name) + "</b>";
    }
    if (line.number != last + 1)
      text += "<b>… " + std::to_string(line.number - last - 1) + " lines are in console.log …</b>";
    last = line.number;
    text += "<div title=\"line " + std::to_string(line.number) + ", " + html(line.wall) + "\"><i>" +
            format("%9.6f", line.board_s) + "</i>" + html(line.text) + "</div>\n";
  }
  return text + "</div>\n";
}

}  // namespace

std::string report_html(const Results& results, const std::vector<LoggedLine>& console) {
  return head(results) + steps_table(results) + series_cards(results) + timelines(results) +
         console_panel(results, console) +
         "<footer>Times beside console lines are seconds of board time; wall times are in their "
         "tooltips. Raw bytes: console.log; data: results.json.</footer>\n</main></body></html>\n";
}

}  // namespace hil::record
