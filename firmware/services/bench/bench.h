// The timing suite on the machine. docs/timing.md says what each series is. Device only.
#pragma once

#include <optional>

#include "base/result.h"
#include "drivers/tc/tc.h"
#include "firmware/interfaces/bench.h"
#include "firmware/interfaces/echo.h"
#include "firmware/interfaces/printer.h"
#include "firmware/runtime/evictor.h"
#include "firmware/runtime/ipc.h"
#include "firmware/runtime/process.h"
#include "firmware/services/bench/series.h"
#include "firmware/services/bench/timed.h"

namespace services::bench {

class Bench {
 public:
  using Interface = interfaces::Bench;

  /// `echo` is the connection's raw form, since its calls are timed from the instruction on.
  /// `interrupt` must be claimed by the thread that serves.
  Bench(interfaces::Printer& printer, ipc::Connection echo,
        base::mmio::Block<drivers::tc::Regs> timer, runtime::Interrupt interrupt)
      : printer_(printer), echo_(echo), timer_(timer), interrupt_(interrupt) {}

  base::Result<Interface::Run::Reply> handle(const Interface::Run&, ipc::Caller) {
    return run(Caches::kHot);
  }
  base::Result<Interface::Run::Reply> handle(const Interface::RunCold&, ipc::Caller) {
    return run(Caches::kCold);
  }

 private:
  using Caches = interfaces::Echo::Caches;

  base::Result<Interface::Run::Reply> run(Caches caches);
  base::Result<void> start(Caches caches);
  base::Result<void> measure();
  /// One timed call, with cold caches if that is what is measured.
  Timed sample(runtime::Syscall call, uint32_t a0 = 0, uint32_t a1 = 0, uint32_t a2 = 0,
               uint32_t a3 = 0);
  uint32_t watcher_counts() const;
  base::Result<void> measure_call(runtime::Syscall call, uint32_t a0, uint32_t a1, uint32_t a2,
                                  uint32_t a3, Series& out);
  base::Result<void> measure_switch(Series& out);
  base::Result<void> measure_interrupt(Series& out);
  base::Result<uint32_t> report_all();

  interfaces::Printer& printer_;
  ipc::Connection echo_;
  base::mmio::Block<drivers::tc::Regs> timer_;
  runtime::Interrupt interrupt_;
  std::optional<runtime::Evictor> evictor_{};
  Caches caches_ = Caches::kHot;
  size_t warm_up_ = kWarmUp, samples_ = kSamples;
  Sample overhead_{}, watch_overhead_{};
  uint32_t watch_loop_ = 0;
};

}  // namespace services::bench
