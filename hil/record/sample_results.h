// A run with every status in it, for the writers' tests.
#pragma once

#include "hil/record/results.h"

namespace hil::record {

inline Results sample_results() {
  Results results;
  results.script_name = "smoke <all>";
  results.script_file = "tests/smoke.yaml";
  results.board = "prime";
  results.backend = "virtual";
  results.started = "2026-11-21T01:40:00.000Z";
  results.seed = 7;
  results.caches = true;
  results.tools = {{"hil", "0.1.0"}};
  results.images = {{"touchstone.img", 4096, "00ff"}};
  const Status all[] = {Status::kPassed,  Status::kFailed,      Status::kError,
                        Status::kSkipped, Status::kInterrupted, Status::kNotRun};
  for (const Status status : all) {
    StepResult step;
    step.number = results.steps.size() + 1;
    step.name = "step \"" + std::string(status_name(status)) + "\"";
    step.kind = "expect";
    step.line = 3;
    step.status = status;
    if (status != Status::kPassed) step.reason = "because\nof \x1b[31m& <this> \xff";
    step.seconds = 1.25;
    step.begin = probes::BoardTime(0);
    step.end = std::chrono::milliseconds(2);
    results.steps.push_back(step);
  }
  results.steps[0].values = {{"waited", 0.5, "s"}};
  results.steps[0].series = {"kernel/null_call"};
  results.steps[0].first_line = 1;
  results.steps[0].last_line = 2;
  results.series = {{"kernel/null_call", "insn", {5, 1, 3, 2, 4}}};
  results.traces = {{"boot", "boot.trace.json", 12, 3, "<svg></svg>"}};
  results.outcome = judge(results);
  return results;
}

}  // namespace hil::record
