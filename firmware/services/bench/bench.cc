#include "firmware/services/bench/bench.h"

#include "base/modules.h"
#include "firmware/interfaces/echo.h"
#include "firmware/runtime/counters.h"
#include "firmware/runtime/text.h"
#include "firmware/services/bench/timed.h"

namespace services::bench {
namespace {

using interfaces::Echo;
using runtime::Syscall;

constexpr uint8_t kModule = base::module_number("firmware/services/bench/bench.cc");

constexpr uint32_t kBusHz = 82'000'000;
// From setting the timer to its interrupt: long enough for the processor to be back in the watcher,
// and not always the same, so that the interrupt meets every place of the watcher's loop.
constexpr uint32_t kTimerCounts = 6'000;
constexpr uint32_t kTimerSpread = 61;
// A wake that is later than this after the watcher's last look has nothing to do with it.
constexpr uint32_t kMatchLimit = 20'000;
constexpr size_t kWakes = kWarmUp + kSamples + 64;  // a few find no match

enum SeriesIndex { kNullCall, kContextSwitch, kCallReply, kLendPage, kIrqToUser, kSeriesCount };

constinit std::array<Series, kSeriesCount> all_series = {{
    {.name = "kernel/null_call"},
    {.name = "kernel/context_switch"},
    {.name = "kernel/call_reply"},
    {.name = "kernel/lend_page"},
    {.name = "kernel/irq_to_user"},
}};
constinit ipc::PageBuffer<uint32_t, kernel::abi::kPageSize / sizeof(uint32_t)> lent_page;
constinit ipc::PageBuffer<Echo::Gap, 4096> gaps;
constinit std::array<Look, kWakes> wakes{};

template <class M>
constexpr uint32_t info_of() {
  return kernel::abi::Info::make(ipc::kind_of<M>(), M::kMethod.opcode).bits;
}

}  // namespace

base::Result<void> Bench::measure_call(Syscall call, uint32_t a0, uint32_t a1, uint32_t a2,
                                       uint32_t a3, Series& out) {
  for (size_t i = 0; i < kWarmUp + kSamples; ++i) {
    const Timed sample = timed(call, a0, a1, a2, a3);
    if (sample.error) return base::Error{sample.error};
    if (i >= kWarmUp) out.add(less(sample.passed(), overhead_));
  }
  return {};
}

base::Result<void> Bench::measure_switch(Series& out) {
  // Echo yields more often than we do, so that it is there until our last one; then the call that
  // follows waits until it has done with yielding.
  constexpr uint32_t kMore = 64;
  const ipc::Client<Echo> echo(echo_);
  TRY(echo.call(Echo::Yield{.times = kWarmUp + kSamples + kMore}));
  for (size_t i = 0; i < kWarmUp + kSamples; ++i) {
    const Timed sample = timed(Syscall::kYield);
    // There and back: two switches.
    if (i >= kWarmUp) out.add(half(less(sample.passed(), overhead_)));
  }
  return echo.call(Echo::Ping{});
}

base::Result<void> Bench::measure_interrupt(Series& out) {
  const ipc::Client<Echo> echo(echo_);
  TRY(echo.call(Echo::Watch{}));
  size_t count = 0;
  {
    drivers::tc::Counter timer(timer_, 0, drivers::tc::Counter::Rate::kBus, kBusHz);
    for (uint32_t i = 0; count < kWakes; ++i) {
      timer.interrupt_in(kTimerCounts + i % kTimerSpread);
      const Timed wait = timed(Syscall::kInterruptWait, interrupt_.handle());
      if (wait.error || i == 2 * kWakes) break;
      // The first wait returns for an interrupt of an earlier use, and not for this alarm.
      if (timer.take_alarm()) wakes[count++] = wait.after;
    }
  }
  // Whatever happened, the watcher must stop.
  const auto seen = TRY(echo.call(Echo::Seen{.gaps = gaps}));
  if (count < kWakes) return FAIL(kTimeout);
  watch_loop_ = seen.loop;
  match(gaps.items().first(std::min<size_t>(seen.count, gaps.items().size())),
        std::span(wakes).subspan(kWarmUp), kMatchLimit, watch_overhead_, out);
  if (out.count < kSamples) return FAIL(kDataLoss);
  return {};
}

base::Result<void> Bench::measure() {
  runtime::start_counters();
  overhead_ = timed_nothing();
  watch_overhead_ = watched_nothing();
  for (size_t i = 0; i < kSamples; ++i) {
    overhead_ = least(overhead_, timed_nothing());
    watch_overhead_ = least(watch_overhead_, watched_nothing());
  }
  for (Series& series : all_series) {
    series.count = 0;
    for (Sample& sample : series.samples) sample = {};  // touches it, for the caches
  }
  TRY(measure_call(Syscall::kNull, 0, 0, 0, 0, all_series[kNullCall]));
  TRY(measure_switch(all_series[kContextSwitch]));
  TRY(measure_call(Syscall::kCall, echo_.handle(), info_of<Echo::Ping>(), 0, 0,
                   all_series[kCallReply]));
  lent_page.items()[0] = 1;
  TRY(measure_call(Syscall::kCall, echo_.handle(), info_of<Echo::Page>(),
                   reinterpret_cast<uintptr_t>(lent_page.items().data()),
                   lent_page.items().size_bytes(), all_series[kLendPage]));
  return measure_interrupt(all_series[kIrqToUser]);
}

base::Result<uint32_t> Bench::report_all() {
  runtime::Text<200> text;
  text << "bench: looking costs " << overhead_.instructions << " insn, " << overhead_.cycles
       << " cycles, for irq_to_user " << watch_overhead_.instructions << " insn, "
       << watch_overhead_.cycles << " cycles, subtracted; irq_to_user may be " << watch_loop_ - 1
       << " insn too long\n";
  TRY(printer_.print(text.view()));
  uint32_t total = 0;
  base::Error error;
  for (const Series& series : all_series) {
    total += 2 * series.count;
    report(series, [&](std::string_view line) {
      if (error.word) return;
      const auto result = printer_.print(line);
      if (!result) error = result.error();
    });
  }
  if (error.word) return error;
  return total;
}

base::Result<Bench::Interface::Run::Reply> Bench::handle(const Interface::Run&, ipc::Caller) {
  if (!(runtime::arguments().image_flags & kernel::abi::kImageTest)) return FAIL(kDenied);
  TRY(printer_.print("bench: start\n"));
  TRY(printer_.flush());
  // The last two characters are still on the line; their interrupts are over, though.
  const auto measured = measure();
  if (!measured) {
    runtime::Text<80> text;
    text << "bench: FAILED, error ";
    text.hex(measured.error().word) << "\n";
    TRY(printer_.print(text.view()));
    return measured.error();
  }
  const uint32_t samples = TRY(report_all());
  TRY(printer_.print("bench: done\n"));
  return Interface::Run::Reply{.samples = samples};
}

}  // namespace services::bench
