#include "hil/run/runner.h"

#include <string.h>

#include "probes/process/interrupt.h"

namespace hil::run {
namespace {

using record::Status;
using record::StepResult;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

class Run {
 public:
  Run(const script::Plan& plan, Recorder& recorder, Display& display)
      : plan_(plan), recorder_(recorder), display_(display) {}

  void all_steps(Bench& bench) {
    const Rig rig = bench.rig();
    const unsigned ports = bench.ports();
    const std::string script_lacks = lacking(bench, plan_.needs & ~ports);
    for (size_t i = 0; i < plan_.steps.size(); ++i) {
      const script::PlannedStep& planned = plan_.steps[i];
      StepResult& step = recorder_.results().steps[i];
      display_.step_begins(step, plan_.steps.size());
      const std::string step_lacks = lacking(bench, planned.form->needs & ~ports);
      if (stop_reason_.empty() && probes::process::interrupted()) {
        end(step, Status::kInterrupted, "the signal came before it began");
        stop_reason_ = "the run was interrupted";
      } else if (!stop_reason_.empty()) {
        end(step, Status::kNotRun, stop_reason_);
      } else if (!script_lacks.empty()) {
        end(step, Status::kSkipped, "the script needs it: " + script_lacks);
      } else if (!step_lacks.empty()) {
        end(step, Status::kSkipped, step_lacks);
      } else {
        one_step(planned, rig, step);
      }
      display_.step_ends(step, plan_.steps.size());
    }
  }

  /// Ends every step that has no end.
  void none_runs(const std::string& reason) {
    for (StepResult& step : recorder_.results().steps) end(step, Status::kNotRun, reason);
  }

 private:
  static std::string lacking(const Bench& bench, unsigned ports) {
    std::string why;
    for (const script::PortName& port : script::kPorts)
      if (ports & port.port) why += (why.empty() ? "" : "; ") + bench.why_not(port.port);
    return why;
  }

  void end(StepResult& step, Status status, std::string reason) {
    step.status = status;
    step.reason = std::move(reason);
  }

  void one_step(const script::PlannedStep& planned, Rig rig, StepResult& step) {
    recorder_.begin(step);
    const Clock::time_point begin = Clock::now();
    const uint64_t lines = rig.console ? rig.console->lines() : 0;
    if (rig.console) step.begin = rig.console->now();
    const auto ended = planned.form->run(rig, planned.arguments, recorder_);
    step.seconds = seconds_since(begin);
    if (rig.console) {
      step.end = rig.console->now();
      if (rig.console->lines() > lines) {
        step.first_line = lines + 1;
        step.last_line = rig.console->lines();
      }
      recorder_.results().board_time = *step.end;
    }
    if (probes::process::interrupted()) {
      const int signal = probes::process::interrupt_signal();
      end(step, Status::kInterrupted, std::string("interrupted by ") + strsignal(signal));
      stop_reason_ = "the run was interrupted";
    } else if (ended) {
      end(step, Status::kPassed, "");
    } else if (ended.error().blame == Blame::kBench) {
      end(step, Status::kError, ended.error().what);
      stop_reason_ = "the bench failed in step " + std::to_string(step.number);
    } else {
      end(step, Status::kFailed, ended.error().what);
      if (!planned.keep_going) stop_reason_ = "step " + std::to_string(step.number) + " failed";
    }
    const auto saved = recorder_.save();
    if (!saved && stop_reason_.empty()) {
      end(step, Status::kError, saved.error().what);
      stop_reason_ = "the results cannot be written";
    }
  }

  const script::Plan& plan_;
  Recorder& recorder_;
  Display& display_;
  std::string stop_reason_;
};

}  // namespace

record::Results planned_results(const script::Plan& plan) {
  record::Results results;
  results.script_name = plan.name;
  results.script_about = plan.about;
  results.script_file = plan.file.string();
  for (const script::PlannedStep& step : plan.steps)
    results.steps.push_back({.number = step.number,
                             .name = step.name,
                             .part = step.part,
                             .kind = std::string(step.kind->name),
                             .line = step.mark.line,
                             .reason = "the run has not come to it"});
  return results;
}

int run_plan(const script::Plan& plan, const OpenBench& open_bench, Recorder& recorder,
             Display& display, bool allow_skips) {
  record::Results& results = recorder.results();
  const Clock::time_point begin = Clock::now();
  results.started = record::rfc3339(std::chrono::system_clock::now());
  Run run(plan, recorder, display);
  const auto opened = recorder.open();
  if (!opened) {
    fprintf(stderr, "hil: %s\n", opened.error().what.c_str());
    return 75;
  }
  display.run_begins(results);
  {
    auto bench = open_bench(&recorder.console());
    if (bench) {
      run.all_steps(**bench);
      // A second Ctrl-C may still hurry us, but the first one's flag would keep us from cleaning
      // up.
      const bool interrupted = probes::process::interrupted();
      probes::process::clear_interrupt();
      const auto safe = (*bench)->make_safe();
      if (!safe && !interrupted && record::judge(results) != record::Outcome::kError) {
        results.reason = "the board could not be switched off: " + safe.error().what;
        results.outcome = record::Outcome::kError;
      }
    } else {
      results.reason = bench.error().what;
      run.none_runs("the bench could not be opened");
      if (probes::process::interrupted()) results.outcome = record::Outcome::kInterrupted;
      probes::process::clear_interrupt();
    }
  }
  if (results.outcome == record::Outcome::kRunning) results.outcome = record::judge(results);
  results.finished = record::rfc3339(std::chrono::system_clock::now());
  results.seconds = seconds_since(begin);
  const auto finished = recorder.finish();
  if (!finished) {
    results.reason += (results.reason.empty() ? "" : "\n") + finished.error().what;
    if (results.outcome != record::Outcome::kInterrupted) results.outcome = record::Outcome::kError;
  }
  display.run_ends(results, recorder.folder().string());
  return record::exit_status(results.outcome, allow_skips);
}

}  // namespace hil::run
