// The console's line: a UART.
#pragma once

#include "drivers/uart/uart.h"
#include "firmware/services/console/console.h"

namespace services::console {

class UartPort final : public Port {
 public:
  /// `regs` as drivers::uart::configure() left them.
  explicit UartPort(base::mmio::Block<drivers::uart::Regs> regs) : uart_(regs) {}

  void on_interrupt() override { uart_.on_interrupt(); }
  size_t receive(std::span<char> out) override { return uart_.read(std::as_writable_bytes(out)); }
  void send(std::span<const char> text) override {
    base::require(uart_.write(std::as_bytes(text)) == text.size());
  }
  size_t pending() const override {
    return drivers::uart::BufferedUart::kTransmitSize - uart_.transmit_space();
  }

 private:
  drivers::uart::BufferedUart uart_;
};

}  // namespace services::console
