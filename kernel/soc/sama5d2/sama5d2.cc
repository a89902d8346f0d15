// Microchip SAMA5D2: AIC, a channel of TC1 as the timer, UART1, RSTC. The bootstrap has set clocks
// and pins, and has sent all interrupts to the AIC.
#include <array>
#include <new>

#include "base/modules.h"
#include "drivers/aic/aic.h"
#include "drivers/pmc/pmc_regs.h"
#include "drivers/rstc/rstc_regs.h"
#include "drivers/tc/tc.h"
#include "drivers/uart/uart_regs.h"
#include "kernel/soc/counter.h"
#include "kernel/soc/soc.h"

namespace kernel::soc {
namespace {
using base::mmio::Block;
using base::mmio::Region;
using base::mmio::Value;
using Uart = drivers::uart::Regs;
using Pmc = drivers::pmc::Regs;
using Rstc = drivers::rstc::Regs;

constexpr std::array kWindows = {
    Window{.physical = 0xf000'0000, .virtual_address = 0xf000'0000},  // PMC
    Window{.physical = 0xf800'0000, .virtual_address = 0xf010'0000},  // TC1, UART1, RSTC
    Window{.physical = 0xfc00'0000, .virtual_address = 0xf020'0000},  // AIC
};
constexpr Block<Pmc> kPmc(Region(0xf001'4000));
constexpr Block<drivers::tc::Regs> kTc1(Region(0xf011'0000));
constexpr Block<Uart> kUart1(Region(0xf012'0000));
constexpr Block<Rstc> kRstc(Region(0xf014'8000));
constexpr Block<drivers::aic::Regs> kAic(Region(0xf022'0000));

constexpr unsigned kTimerSource = 36;  // TC1
constexpr unsigned kTimerChannel = 0;
constexpr uint32_t kBusHertz = 82'000'000;  // H32MX
constexpr uint32_t kTimerHertz = kBusHertz / 8;
constexpr unsigned kUserPriority = 3;
constexpr unsigned kTimerPriority = 7;

/// Storage for an object that start() makes: the kernel runs no constructors by itself.
template <class T>
struct Slot {
  alignas(T) std::byte bytes[sizeof(T)];
  T& operator*() { return *std::launder(reinterpret_cast<T*>(bytes)); }
  T* operator->() { return &**this; }
};
constinit Slot<drivers::aic::Aic> aic{};
constinit Slot<drivers::tc::Counter> timer{};

struct Timer {
  uint32_t read() const { return timer->now(); }
  void compare(uint32_t value) const { timer->interrupt_at(value); }
};
constinit Counter<Timer, kTimerHertz> counter{Timer{}};
}  // namespace

const std::string_view kName = "sama5d2";

std::span<const Window> windows() {
  return kWindows;
}

void start() {
  kPmc.write(Value<Pmc::Pcer1>{1u << (kTimerSource - 32)});
  new (aic.bytes) drivers::aic::Aic(kAic);
  for (unsigned source = 1; source < drivers::aic::Aic::kSources; ++source) {
    *aic->claim(source, source == kTimerSource ? kTimerPriority : kUserPriority);
  }
  new (timer.bytes)
      drivers::tc::Counter(kTc1, kTimerChannel, drivers::tc::Counter::Rate::kBusBy8, kBusHertz);
  unmask_interrupt(kTimerSource);
}

uint64_t now() {
  return counter.now();
}
void set_timer(uint64_t deadline) {
  counter.set(deadline);
}

int take_interrupt() {
  const std::optional<unsigned> source = aic->begin();
  if (!source) return kNoInterrupt;
  const bool is_timer = *source == kTimerSource;
  is_timer ? static_cast<void>(timer->take_alarm()) : aic->disable(*source);
  aic->end();
  return is_timer ? kTimerInterrupt : static_cast<int>(*source);
}

void mask_interrupt(unsigned source) {
  aic->disable(source);
}
void unmask_interrupt(unsigned source) {
  aic->enable(source);
}

bool interrupt_exists(unsigned source) {
  return source != 0 && source < drivers::aic::Aic::kSources && source != kTimerSource;
}

void emergency_write(std::string_view text) {
  kUart1.write(Uart::Idr::kAll(~0u));
  kUart1.write(Uart::Cr::kTransmitterEnable(true));
  for (char c : text) {
    // A character takes 87 us at 115200 baud; a port that stays busy longer is dead.
    for (unsigned i = 0; i < 100'000 && !kUart1.read<Uart::Sr>().has(Uart::Sr::kTransmitReady);) {
      ++i;
    }
    kUart1.write(Uart::Thr::kCharacter.from(static_cast<uint8_t>(c)));
  }
}

bool emergency_ready() {
  kUart1.write(Uart::Cr::kTransmitterEnable(true));
  return kUart1.read<Uart::Sr>().has(Uart::Sr::kTransmitReady);
}

void reset() {
  // What was written last should still reach the wire.
  for (unsigned i = 0; i < 100'000 && !kUart1.read<Uart::Sr>().has(Uart::Sr::kTransmitEmpty);) ++i;
  for (;;) kRstc.write(Rstc::Cr::kKey(Rstc::Cr::kPassword) | Rstc::Cr::kReset(true));
}

void power_off() {
  for (;;) asm volatile("wfi");  // the supply is not ours to switch
}

}  // namespace kernel::soc
