// Driver for one channel of a timer block: a free-running counter with a compare interrupt.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/result.h"
#include "drivers/tc/tc_regs.h"

namespace drivers::tc {

/// The channel counts from construction to destruction. Peripheral clock on beforehand.
class Counter {
 public:
  /// What it counts. Of the bus clock's divisions 8 is the finest.
  enum class Rate { kBusBy8, kBusBy32, kBusBy128, kSlow, kBus };

  /// `bus_hz` is the block's peripheral clock. A channel past the last one traps.
  Counter(base::mmio::Block<Regs> regs, unsigned channel, Rate rate, uint32_t bus_hz);
  ~Counter();
  Counter(const Counter&) = delete;

  /// Counts per second.
  uint32_t hz() const { return hz_; }
  /// The count, modulo 2^32.
  uint32_t now() const { return regs_.read<Regs::Cv>(channel_).bits; }

  /// Interrupts when the count next equals `when`; replaces an earlier alarm. An instant already
  /// passed would only come round after 2^32 counts: use interrupt_in for a short wait.
  void interrupt_at(uint32_t when);
  /// Interrupts after `counts` (at least 1), and at once, by a count or two, if they pass before
  /// this has been set up. Returns the count aimed at.
  uint32_t interrupt_in(uint32_t counts);
  void cancel();

  /// On the block's interrupt: whether this channel's alarm went off. Acknowledges it; the alarm is
  /// spent.
  bool take_alarm();

 private:
  base::mmio::Block<Regs> regs_;
  unsigned channel_;
  uint32_t hz_;
};

/// The same count as a clock, from its construction on. now() must be called once in 2^32 counts.
class CounterClock final : public base::Clock {
 public:
  explicit CounterClock(const Counter& counter) : counter_(counter), last_(counter.now()) {}
  base::Duration now() override;

 private:
  const Counter& counter_;
  uint32_t last_;
  uint64_t total_ = 0;
};

}  // namespace drivers::tc
