#include "hil/record/results.h"

#include <time.h>

#include <algorithm>
#include <cstdio>

namespace hil::record {

std::string_view status_name(Status status) {
  switch (status) {
    case Status::kPassed:
      return "passed";
    case Status::kFailed:
      return "failed";
    case Status::kError:
      return "error";
    case Status::kSkipped:
      return "skipped";
    case Status::kInterrupted:
      return "interrupted";
    case Status::kNotRun:
      return "not_run";
  }
  __builtin_unreachable();
}

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kRunning:
      return "running";
    case Outcome::kPassed:
      return "passed";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kError:
      return "error";
    case Outcome::kIncomplete:
      return "incomplete";
    case Outcome::kInterrupted:
      return "interrupted";
  }
  __builtin_unreachable();
}

size_t Results::count(Status status) const {
  return static_cast<size_t>(std::count_if(
      steps.begin(), steps.end(), [&](const StepResult& step) { return step.status == status; }));
}

Outcome judge(const Results& results) {
  if (results.count(Status::kInterrupted)) return Outcome::kInterrupted;
  if (results.count(Status::kError)) return Outcome::kError;
  if (results.count(Status::kFailed)) return Outcome::kFailed;
  if (results.count(Status::kNotRun)) return Outcome::kError;
  if (results.count(Status::kSkipped)) return Outcome::kIncomplete;
  return Outcome::kPassed;
}

int exit_status(Outcome outcome, bool allow_skips) {
  switch (outcome) {
    case Outcome::kPassed:
      return 0;
    case Outcome::kFailed:
      return 1;
    case Outcome::kIncomplete:
      return allow_skips ? 0 : 75;
    case Outcome::kInterrupted:
      return 130;
    case Outcome::kRunning:
    case Outcome::kError:
      return 75;
  }
  __builtin_unreachable();
}

std::string rfc3339(probes::WallTime time) {
  const auto since = std::chrono::floor<probes::Milliseconds>(time.time_since_epoch()).count();
  const time_t seconds = static_cast<time_t>(since / 1000);
  tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  const size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>(since % 1000));
  return text;
}

}  // namespace hil::record
