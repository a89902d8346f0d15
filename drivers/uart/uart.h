// Drivers for a UART: polled for boot code, interrupt-driven for a process that owns one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "drivers/uart/uart_regs.h"

namespace drivers::uart {

/// Sets 8N1 at `baud` from a peripheral clock of `clock_hz`, flushes nothing, and switches both
/// directions on with every interrupt masked. kInvalid: no divisor comes within 3 %.
base::Result<void> configure(base::mmio::Block<Regs> regs, uint32_t clock_hz, uint32_t baud);

/// Polled. No state of its own: boot stages hand the same UART on to each other.
class PolledUart {
 public:
  PolledUart(base::mmio::Block<Regs> regs, base::Clock& clock) : regs_(regs), clock_(clock) {}

  /// kTimeout: the transmitter does not get on (no clock, or off); the rest is not sent.
  base::Result<void> write(std::string_view text);
  base::Result<void> put(uint8_t byte);
  /// Waits until the last frame has left the pin. kTimeout as above.
  base::Result<void> drain();
  /// A received byte, if there is one.
  std::optional<uint8_t> get();

 private:
  base::mmio::Block<Regs> regs_;
  base::Clock& clock_;
};

/// What went wrong on the line since the counters were last looked at.
struct LineErrors {
  uint32_t overrun = 0;    ///< the interrupt was served too late
  uint32_t framing = 0;    ///< wrong rate, noise or a break
  uint32_t discarded = 0;  ///< the receive buffer was full
};

/// Interrupt-driven, with buffers in the object. The owner calls on_interrupt() whenever the UART's
/// interrupt fires; nothing here waits.
class BufferedUart {
 public:
  static constexpr size_t kTransmitSize = 2048, kReceiveSize = 256;

  /// `regs` as configure() left them. Enables the receive interrupt.
  explicit BufferedUart(base::mmio::Block<Regs> regs);
  ~BufferedUart();
  BufferedUart(const BufferedUart&) = delete;

  void on_interrupt();

  /// Takes as many bytes as fit and says how many.
  size_t write(std::span<const std::byte> bytes);
  /// Moves received bytes out and says how many.
  size_t read(std::span<std::byte> out);
  size_t transmit_space() const { return kTransmitSize - transmit_.count; }
  size_t received() const { return receive_.count; }
  LineErrors take_errors();

 private:
  template <size_t kSize>
  struct Ring {
    std::byte bytes[kSize];
    size_t first = 0, count = 0;
    bool push(std::byte byte) {
      if (count == kSize) return false;
      bytes[(first + count++) % kSize] = byte;
      return true;
    }
    std::byte pop() {
      const std::byte byte = bytes[first];
      first = (first + 1) % kSize;
      --count;
      return byte;
    }
  };

  base::mmio::Block<Regs> regs_;
  Ring<kTransmitSize> transmit_;
  Ring<kReceiveSize> receive_;
  LineErrors errors_;
};

}  // namespace drivers::uart
