#include "firmware/services/bench/bench.h"

#include <algorithm>

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
constexpr uint32_t kCyclesPerCount = 6;  // the processor runs at 492 MHz
// From setting the timer to its interrupt: long enough for the processor to be back in the watcher,
// and not always the same, so that the interrupt meets every place of the watcher's loop.
constexpr uint32_t kTimerCounts = 6'000;
constexpr uint32_t kTimerSpread = 61;
// A wake that is later than this after the watcher's last look has nothing to do with it.
constexpr uint32_t kMatchLimit = 20'000, kColdMatchLimit = 40'000;
constexpr size_t kSpareWakes = 64;  // a few find no match
constexpr size_t kWakes = kWarmUp + kSamples + kSpareWakes;

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

base::Result<void> Bench::start(Caches caches) {
  if (caches == Caches::kCold && !evictor_) evictor_ = TRY(runtime::Evictor::create());
  caches_ = caches;
  warm_up_ = caches == Caches::kCold ? kColdWarmUp : kWarmUp;
  samples_ = caches == Caches::kCold ? kColdSamples : kSamples;
  runtime::start_counters();
  overhead_ = timed_nothing();
  watch_overhead_ = watched_nothing();
  for (size_t i = 0; i < kSamples; ++i) {
    overhead_ = least(overhead_, timed_nothing());
    watch_overhead_ = least(watch_overhead_, watched_nothing());
  }
  for (Series& series : all_series) {
    series.count = 0;
    series.suffix = caches == Caches::kCold ? std::string_view("_cold") : std::string_view();
    for (Sample& sample : series.samples) sample = {};  // touches it, for the caches
  }
  return {};
}

Timed Bench::sample(Syscall call, uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3) {
  if (caches_ == Caches::kCold) evictor_->evict();
  return timed(call, a0, a1, a2, a3);
}

base::Result<void> Bench::measure_call(Syscall call, uint32_t a0, uint32_t a1, uint32_t a2,
                                       uint32_t a3, Series& out) {
  for (size_t i = 0; i < warm_up_ + samples_; ++i) {
    const Timed timed = sample(call, a0, a1, a2, a3);
    if (timed.error) return base::Error{timed.error};
    if (i >= warm_up_) out.add(less(timed.passed(), overhead_));
  }
  return {};
}

base::Result<void> Bench::measure_switch(Series& out) {
  // Echo yields more often than we do, so that it is there until our last one, also when our time
  // is up in between; then the call that follows waits until it has done with yielding.
  constexpr uint32_t kMore = 256;
  const ipc::Client<Echo> echo(echo_);
  TRY(echo.call(Echo::Yield{.times = static_cast<uint32_t>(warm_up_ + samples_) + kMore}));
  for (size_t i = 0; i < warm_up_ + samples_; ++i) {
    const Timed timed = sample(Syscall::kYield);
    // There and back: two switches.
    if (i >= warm_up_) out.add(half(less(timed.passed(), overhead_)));
  }
  return echo.call(Echo::Ping{});
}

// How long the watcher takes before it is back in its loop, in counts of the timer.
uint32_t Bench::watcher_counts() const {
  if (caches_ == Caches::kHot) return kTimerCounts;
  uint32_t longest = 0;
  for (unsigned i = 0; i < 4; ++i) {
    const Look before = timed(Syscall::kNull).after;
    evictor_->evict();
    longest = std::max(longest, timed(Syscall::kNull).before.cycles - before.cycles);
  }
  return longest / kCyclesPerCount * 9 / 8 + kTimerCounts;
}

base::Result<void> Bench::measure_interrupt(Series& out) {
  const ipc::Client<Echo> echo(echo_);
  const uint32_t counts = watcher_counts();
  const size_t wanted = warm_up_ + samples_ + kSpareWakes;
  TRY(echo.call(Echo::Watch{.caches = caches_}));
  size_t count = 0;
  {
    drivers::tc::Counter timer(timer_, 0, drivers::tc::Counter::Rate::kBus, kBusHz);
    for (uint32_t i = 0; count < wanted; ++i) {
      timer.interrupt_in(counts + i % kTimerSpread);
      const Timed wait = timed(Syscall::kInterruptWait, interrupt_.handle());
      if (wait.error || i == 2 * wanted) break;
      // The first wait returns for an interrupt of an earlier use, and not for this alarm.
      if (timer.take_alarm()) wakes[count++] = wait.after;
    }
  }
  // Whatever happened, the watcher must stop.
  const auto seen = TRY(echo.call(Echo::Seen{.gaps = gaps}));
  if (count < wanted) return FAIL(kTimeout);
  watch_loop_ = seen.loop;
  match(gaps.items().first(std::min<size_t>(seen.count, gaps.items().size())),
        std::span(wakes).first(wanted).subspan(warm_up_),
        caches_ == Caches::kCold ? kColdMatchLimit : kMatchLimit, watch_overhead_, out);
  if (out.count < samples_) return FAIL(kDataLoss);
  out.count = samples_;
  return {};
}

base::Result<void> Bench::measure() {
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

base::Result<Bench::Interface::Run::Reply> Bench::run(Caches caches) {
  if (!(runtime::arguments().image_flags & kernel::abi::kImageTest)) return FAIL(kDenied);
  TRY(printer_.print("bench: start\n"));
  TRY(printer_.flush());
  // The last two characters are still on the line; their interrupts are over, though.
  auto measured = start(caches);
  if (measured) measured = measure();
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
