// Driver for the pins.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "drivers/pio/pio_regs.h"

namespace drivers::pio {

/// A line: {Bank::kD, 2} is PD2.
enum class Bank : uint8_t { kA, kB, kC, kD };
struct Pin {
  Bank bank = Bank::kA;
  uint8_t line = 0;
};

enum class Pull { kNone, kUp, kDown };

/// The masked access of one bank is two writes: callers that share a bank must not interrupt each
/// other. The clock of peripheral 18 must be on.
class Pio {
 public:
  using Function = Regs::Cfgr::Function;
  using Event = Regs::Cfgr::Event;
  using Drive = Regs::Cfgr::Drive;

  explicit Pio(base::mmio::Block<Regs> regs) : regs_(regs) {}

  /// Gives the pin to a peripheral. For this and the other two: kDenied, the pin is frozen, locked
  /// or write-protected.
  base::Result<void> mux(Pin pin, Function function, Pull pull = Pull::kNone);
  /// Makes it an output that starts at `level`, without a glitch in between.
  base::Result<void> output(Pin pin, bool level, Drive drive = Drive::kLow);
  /// Makes it an input whose `event` can interrupt.
  base::Result<void> input(Pin pin, Pull pull, Event event = Event::kBoth);

  void set(Pin pin, bool level);
  bool level(Pin pin) const;

  void enable_interrupt(Pin pin);
  void disable_interrupt(Pin pin);
  /// On the bank's interrupt: the lines whose event came, one bit each. Acknowledges them.
  uint32_t take_events(Bank bank);

 private:
  base::Result<void> configure(Pin pin, base::mmio::Value<Regs::Cfgr> value);

  base::mmio::Block<Regs> regs_;
};

}  // namespace drivers::pio
