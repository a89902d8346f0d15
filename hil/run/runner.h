// Runs a plan on a bench, step by step, and leaves the board off.
#pragma once

#include <functional>
#include <memory>

#include "hil/run/bench.h"
#include "hil/run/display.h"
#include "hil/run/recorder.h"
#include "hil/script/script.h"

namespace hil::run {

/// Opens the bench with the given console sink.
using OpenBench =
    std::function<probes::Outcome<std::unique_ptr<Bench>>(probes::console::Sink* sink)>;

/// Runs the whole plan: opens the bench, runs each step or says why not, makes the board safe,
/// writes the results. However it ends, the results say so. Returns the exit status.
int run_plan(const script::Plan& plan, const OpenBench& open_bench, Recorder& recorder,
             Display& display, bool allow_skips);

/// The results of a plan of which nothing has run.
record::Results planned_results(const script::Plan& plan);

}  // namespace hil::run
