// NXP i.MX 6UltraLite: GIC, GPT1, UART1, WDOG1. As QEMU's mcimx6ul-evk has them.
#include <array>

#include "kernel/soc/counter.h"
#include "kernel/soc/imx6ul/imx6ul_regs.h"
#include "kernel/soc/soc.h"

namespace kernel::soc {
namespace {
using namespace imx6ul;
using base::mmio::Block;
using base::mmio::Region;

constexpr std::array kWindows = {
    Window{.physical = 0x0200'0000, .virtual_address = 0xf000'0000},  // AIPS-1: UART1, GPT1, WDOG1
    Window{.physical = 0x00a0'0000, .virtual_address = 0xf010'0000},  // GIC
};
constexpr Block<Uart> kUart(Region(0xf002'0000));
constexpr Block<Gpt> kGpt(Region(0xf009'8000));
constexpr Block<Wdog> kWdog(Region(0xf00b'c000));
constexpr Block<Distributor> kDistributor(Region(0xf010'1000));
constexpr Block<CpuInterface> kCpuInterface(Region(0xf010'2000));

constexpr unsigned kInterrupts = 160;
constexpr unsigned kFirstShared = 32;
constexpr unsigned kTimerSource = 87;  // GPT1
constexpr uint32_t kTimerHertz = 1'500'000;
constexpr uint32_t kIpgDivider = 33;  // ipg_clk runs at 49.5 MHz after reset: 396 / 4 / 2

struct Timer {
  uint32_t read() const { return kGpt.read<Gpt::Cnt>().bits; }
  void compare(uint32_t value) const { kGpt.write(Gpt::Ocr1::kValue.from(value)); }
};
constinit Counter<Timer, kTimerHertz> counter{Timer{}};
}  // namespace

const std::string_view kName = "imx6ul";

std::span<const Window> windows() {
  return kWindows;
}

void start() {
  for (unsigned i = 0; i < kInterrupts / 32; ++i) {
    kDistributor.write(base::mmio::Value<Distributor::Icenabler>{~0u}, i);
  }
  for (unsigned i = kFirstShared / 4; i < kInterrupts / 4; ++i) {
    kDistributor.write(base::mmio::Value<Distributor::Ipriorityr>{0x8080'8080}, i);
    kDistributor.write(base::mmio::Value<Distributor::Itargetsr>{0x0101'0101}, i);
  }
  kDistributor.write(Distributor::Ctlr::kEnable(true));
  kCpuInterface.write(CpuInterface::Pmr::kLowest(0xff));
  kCpuInterface.write(CpuInterface::Ctlr::kEnable(true));

  kGpt.write(base::mmio::Value<Gpt::Cr>{});
  kGpt.write(Gpt::Pr::kDivideLess1(kIpgDivider - 1));
  kGpt.write(Gpt::Ocr1::kValue(~0u));
  kGpt.acknowledge(Gpt::Sr::kCompare1(true));
  kGpt.write(Gpt::Ir::kCompare1(true));
  kGpt.write(Gpt::Cr::kClockSource(1) | Gpt::Cr::kFreeRun(true) | Gpt::Cr::kEnable(true));
  unmask_interrupt(kTimerSource);
}

uint64_t now() {
  return counter.now();
}
void set_timer(uint64_t deadline) {
  counter.set(deadline);
}

int take_interrupt() {
  // A name for who counts how long interrupts are off; %= because this is inlined.
  asm volatile("kernel_poll.%=:" ::);
  const uint32_t id = kCpuInterface.take<CpuInterface::Iar>().get(CpuInterface::Iar::kId);
  if (id >= kInterrupts) return kNoInterrupt;  // 1023: spurious
  if (id == kTimerSource) {
    kGpt.acknowledge(Gpt::Sr::kCompare1(true));
  } else {
    mask_interrupt(id);
  }
  kCpuInterface.write(CpuInterface::Eoir::kId.from(id));
  return id == kTimerSource ? kTimerInterrupt : static_cast<int>(id);
}

void mask_interrupt(unsigned source) {
  kDistributor.write(base::mmio::Value<Distributor::Icenabler>{1u << source % 32}, source / 32);
}

void unmask_interrupt(unsigned source) {
  kDistributor.write(base::mmio::Value<Distributor::Isenabler>{1u << source % 32}, source / 32);
}

bool interrupt_exists(unsigned source) {
  return source >= kFirstShared && source < kInterrupts && source != kTimerSource;
}

static void enable_uart() {
  kUart.modify<Uart::Ucr1>([](auto value) { return value.with(Uart::Ucr1::kEnable, true); });
  kUart.modify<Uart::Ucr2>([](auto value) {
    return value | Uart::Ucr2::kNoReset(true) | Uart::Ucr2::kTransmit(true) |
           Uart::Ucr2::kEightBits(true) | Uart::Ucr2::kIgnoreRts(true);
  });
}

bool emergency_ready() {
  enable_uart();
  return kUart.read<Uart::Usr1>().has(Uart::Usr1::kTransmitReady);
}

void emergency_write(std::string_view text) {
  enable_uart();
  for (char c : text) {
    // A character takes 87 us at 115200 baud; a port that stays busy longer is dead.
    for (unsigned i = 0;
         i < 100'000 && !kUart.read<Uart::Usr1>().has(Uart::Usr1::kTransmitReady);) {
      ++i;
    }
    kUart.write(Uart::Utxd::kData.from(static_cast<uint8_t>(c)));
  }
}

void reset() {
  for (;;) kWdog.write(Wdog::Wcr::kEnable(true));  // kNoSoftReset written as 0
}

void power_off() {
  for (;;) asm volatile("wfi");  // the board's supply is not ours to switch
}

}  // namespace kernel::soc
