// The console process on the i.MX 6UltraLite: os/console on UART1.
#include "firmware/services/console/run.h"
#include "kernel/soc/imx6ul/imx6ul_regs.h"

namespace {

using kernel::soc::imx6ul::Uart;

constexpr uint32_t kUart = 0x0202'0000, kUartBytes = 0x4000;
constexpr uint32_t kInterrupt = 32 + 26;

class UartPort final : public services::console::Port {
 public:
  /// The pins and the clock are as the boot chain left them.
  explicit UartPort(base::mmio::Region region) : uart_(region) {
    uart_.write(Uart::Ucr2::kNoReset(true) | Uart::Ucr2::kTransmit(true) |
                Uart::Ucr2::kReceive(true) | Uart::Ucr2::kEightBits(true) |
                Uart::Ucr2::kIgnoreRts(true));
    set_interrupts();
  }

  void on_interrupt() override { fill(); }
  size_t receive(std::span<char> out) override {
    size_t count = 0;
    while (count < out.size()) {
      const auto got = uart_.take<Uart::Urxd>();
      if (!got.has(Uart::Urxd::kReady)) break;
      out[count++] = static_cast<char>(got.get(Uart::Urxd::kData));
    }
    return count;
  }
  void send(std::span<const char> text) override {
    base::require(text.size() <= sizeof waiting_ - count_);
    for (const char c : text) waiting_[(first_ + count_++) % sizeof waiting_] = c;
    fill();
  }
  size_t pending() const override { return count_; }

 private:
  void fill() {
    while (count_ > 0 && uart_.read<Uart::Usr1>().has(Uart::Usr1::kTransmitReady)) {
      uart_.write(Uart::Utxd::kData.from(static_cast<uint8_t>(waiting_[first_])));
      first_ = (first_ + 1) % sizeof waiting_;
      --count_;
    }
    set_interrupts();
  }
  /// The transmitter is always ready when there is nothing to send, so it is asked only otherwise.
  void set_interrupts() {
    uart_.write(Uart::Ucr1::kEnable(true) | Uart::Ucr1::kReceiveInterrupt(true) |
                Uart::Ucr1::kTransmitInterrupt.from(count_ > 0));
  }

  base::mmio::Block<Uart> uart_;
  char waiting_[kMostPending] = {};
  size_t first_ = 0, count_ = 0;
};

base::Result<void> run() {
  const auto region = TRY(runtime::map_device(kUart, kUartBytes));
  alignas(UartPort) static std::byte memory[sizeof(UartPort)];
  return services::console::run(*new (memory) UartPort(region), kInterrupt);
}

}  // namespace

int process_main() {
  const auto result = run();
  return result ? 0 : static_cast<int>(result.error().word);
}
