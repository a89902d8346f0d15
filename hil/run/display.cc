#include "hil/run/display.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "probes/console/text.h"

namespace hil::run {
namespace {

using record::Status;
using Clock = std::chrono::steady_clock;

size_t columns(FILE* out) {
  winsize size{};
  if (ioctl(fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return 80;
  return size.ws_col;
}

const char* tone(Status status) {
  switch (status) {
    case Status::kPassed:
      return "32";
    case Status::kFailed:
    case Status::kError:
      return "1;31";
    default:
      return "33";
  }
}

std::string padded(std::string text, size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

std::string values_text(const record::StepResult& step) {
  std::string text;
  for (const record::Value& value : step.values) {
    if (!value.name.starts_with("flash/") || !value.name.ends_with("_kib_s")) continue;
    char number[64];
    snprintf(number, sizeof number, "%.0f", value.number);
    text += (text.empty() ? "  (" : ", ") +
            value.name.substr(6, value.name.size() - 6 - std::string_view("_kib_s").size()) + " " +
            number + " " + value.unit;
  }
  return text.empty() ? "" : text + ")";
}

}  // namespace

std::string seconds_text(double seconds) {
  char text[64];
  if (seconds < 0.001)
    snprintf(text, sizeof text, "%.0f us", seconds * 1e6);
  else if (seconds < 1)
    snprintf(text, sizeof text, "%.0f ms", seconds * 1e3);
  else
    snprintf(text, sizeof text, "%.2f s", seconds);
  return text;
}

Display::Display(FILE* out) : out_(out) {
  const char* term = getenv("TERM");
  live_ = isatty(fileno(out)) && !(term && std::string_view(term) == "dumb");
  color_ = live_ && !getenv("NO_COLOR");
}

std::string Display::colored(const char* code, const std::string& text) const {
  return color_ ? "\x1b[" + std::string(code) + "m" + text + "\x1b[0m" : text;
}

void Display::run_begins(const record::Results& results) {
  fprintf(out_, "%s on %s (%s%s%s), %zu steps\n", colored("1", results.script_name).c_str(),
          results.board.c_str(), results.backend.c_str(), results.bench.empty() ? "" : ", ",
          results.bench.c_str(), results.steps.size());
  fflush(out_);
}

void Display::step_begins(const record::StepResult& step, size_t of) {
  if (step.part != part_) {
    part_ = step.part;
    fprintf(out_, "%s\n", colored("1", part_).c_str());
  }
  const size_t width = std::to_string(of).size();
  std::string number = std::to_string(step.number);
  number.insert(0, width - std::min(width, number.size()), ' ');
  head_ = "[" + number + "/" + std::to_string(of) + "] ";
  detail_ = step.name;
  step_begin_ = Clock::now();
  status_line(true);
}

void Display::progress(double done, std::string_view words) {
  char percent[16];
  snprintf(percent, sizeof percent, "%3.0f %% ", std::clamp(done, 0.0, 1.0) * 100);
  detail_ = percent + std::string(words);
  status_line(false);
}

void Display::console_line(const probes::console::Line& line) {
  detail_ = "| " + probes::console::printable(line.text.substr(0, 200));
  status_line(false);
}

void Display::status_line(bool force) {
  if (!live_) return;
  const Clock::time_point now = Clock::now();
  if (!force && now - last_drawn_ < std::chrono::milliseconds(80)) return;
  last_drawn_ = now;
  const double seconds = std::chrono::duration<double>(now - step_begin_).count();
  std::string text = head_ + "... " + padded(seconds_text(seconds), 8) + detail_;
  // Cut by bytes at a character's boundary; a line that wraps could not be taken back.
  size_t limit = std::min(text.size(), columns(out_) - 1);
  while (limit > 0 && limit < text.size() && (text[limit] & 0xc0) == 0x80) --limit;
  fprintf(out_, "\r\x1b[K%s", text.substr(0, limit).c_str());
  fflush(out_);
}

void Display::step_ends(const record::StepResult& step, size_t) {
  if (live_) fprintf(out_, "\r\x1b[K");
  std::string status(record::status_name(step.status));
  if (step.status == Status::kNotRun) status = "not run";
  if (step.status == Status::kFailed || step.status == Status::kError)
    std::transform(status.begin(), status.end(), status.begin(), ::toupper);
  const bool ran = step.status != Status::kSkipped && step.status != Status::kNotRun;
  std::string times = ran ? seconds_text(step.seconds) : "";
  if (ran && step.begin && step.end && *step.end > *step.begin)
    times +=
        ", board " + seconds_text(std::chrono::duration<double>(*step.end - *step.begin).count());
  fprintf(out_, "%s%s %s%s%s\n", head_.c_str(),
          colored(tone(step.status), padded(status, 8)).c_str(), padded(step.name, 52).c_str(),
          times.empty() ? "" : ("  " + times).c_str(), values_text(step).c_str());
  if (!step.reason.empty()) {
    std::string indented;
    for (const char c : step.reason) indented += c == '\n' ? "\n      " : std::string(1, c);
    fprintf(out_, "      %s\n", indented.c_str());
  }
  fflush(out_);
}

void Display::run_ends(const record::Results& results, const std::string& folder) {
  if (!results.series.empty()) {
    fprintf(out_, "\n%-32s %-7s %8s %10s %10s %10s %10s\n", "series", "unit", "samples", "min",
            "p50", "p99", "max");
    for (const stats::Series& series : results.series) {
      const stats::Summary summary = stats::summarize(series.values);
      fprintf(out_, "%-32s %-7s %8zu %10u %10u %10u %10u\n", series.name.c_str(),
              series.unit.c_str(), summary.samples, summary.min, summary.p50, summary.p99,
              summary.max);
    }
  }
  const Status all[] = {Status::kPassed,  Status::kFailed,      Status::kError,
                        Status::kSkipped, Status::kInterrupted, Status::kNotRun};
  std::string counts;
  for (const Status status : all)
    if (const size_t count = results.count(status))
      counts += (counts.empty() ? "" : ", ") + std::to_string(count) + " " +
                (status == Status::kNotRun ? "not run" : std::string(record::status_name(status)));
  const bool good = results.outcome == record::Outcome::kPassed;
  fprintf(
      out_, "\n%s: %s in %s\n",
      colored(good ? "1;32" : "1;31", std::string(record::outcome_name(results.outcome))).c_str(),
      counts.empty() ? "no steps" : counts.c_str(), seconds_text(results.seconds).c_str());
  for (const record::StepResult& step : results.steps)
    if (step.status == Status::kSkipped)
      fprintf(out_, "  skipped: step %zu %s: %s\n", step.number, step.name.c_str(),
              step.reason.c_str());
  if (!results.reason.empty()) fprintf(out_, "%s\n", results.reason.c_str());
  if (!folder.empty()) fprintf(out_, "report: %s/report.html\n", folder.c_str());
  fflush(out_);
}

}  // namespace hil::run
