#include "drivers/uart/uart.h"

#include "base/modules.h"

namespace drivers::uart {
namespace {

using namespace std::chrono_literals;

constexpr uint8_t kModule = base::module_number("drivers/uart/uart.cc");
constexpr unsigned kSamplesPerBit = 16;
constexpr auto kFrameLimit = 50ms;  // a frame at 300 baud takes 33 ms

}  // namespace

base::Result<void> configure(base::mmio::Block<Regs> regs, uint32_t clock_hz, uint32_t baud) {
  if (!baud || baud > clock_hz / kSamplesPerBit) return FAIL(kInvalid);
  const uint32_t per_bit = kSamplesPerBit * baud;
  const uint32_t divisor = (clock_hz + per_bit / 2) / per_bit;
  if (divisor < 1 || divisor > Regs::Brgr::kDivisor.kMax) return FAIL(kInvalid);
  const uint32_t got = clock_hz / (kSamplesPerBit * divisor);
  const uint32_t off = got > baud ? got - baud : baud - got;
  if (off > baud / 33) return FAIL(kInvalid);

  regs.write(Regs::Idr::kAll(0xffff'ffff));
  regs.write(Regs::Cr::kResetReceiver(true) | Regs::Cr::kResetTransmitter(true) |
             Regs::Cr::kResetStatus(true));
  regs.write(Regs::Mr::kParity(Regs::Mr::Parity::kNone));
  regs.write(Regs::Brgr::kDivisor.from(divisor));
  regs.write(Regs::Cr::kReceiverEnable(true) | Regs::Cr::kTransmitterEnable(true));
  return {};
}

base::Result<void> PolledUart::put(uint8_t byte) {
  const bool ready = base::wait_until(
      clock_, kFrameLimit, [&] { return regs_.read<Regs::Sr>().has(Regs::Sr::kTransmitReady); });
  if (!ready) return FAIL(kTimeout);
  regs_.write(Regs::Thr::kCharacter.from(byte));
  return {};
}

base::Result<void> PolledUart::write(std::string_view text) {
  for (const char c : text) TRY(put(static_cast<uint8_t>(c)));
  return {};
}

base::Result<void> PolledUart::drain() {
  const bool empty = base::wait_until(clock_, 2 * kFrameLimit, [&] {
    return regs_.read<Regs::Sr>().has(Regs::Sr::kTransmitEmpty);
  });
  if (!empty) return FAIL(kTimeout);
  return {};
}

std::optional<uint8_t> PolledUart::get() {
  if (!regs_.read<Regs::Sr>().has(Regs::Sr::kReceived)) return std::nullopt;
  return static_cast<uint8_t>(regs_.take<Regs::Rhr>().get(Regs::Rhr::kCharacter));
}

BufferedUart::BufferedUart(base::mmio::Block<Regs> regs) : regs_(regs) {
  regs_.write(Regs::Ier::kReceived(true));
}

BufferedUart::~BufferedUart() {
  regs_.write(Regs::Idr::kAll(0xffff'ffff));
}

void BufferedUart::on_interrupt() {
  const auto status = regs_.read<Regs::Sr>();
  if (status.has(Regs::Sr::kReceived)) {
    const auto byte = static_cast<std::byte>(regs_.take<Regs::Rhr>().get(Regs::Rhr::kCharacter));
    if (!receive_.push(byte)) ++errors_.discarded;
  }
  if (status.has(Regs::Sr::kOverrun) || status.has(Regs::Sr::kFraming)) {
    errors_.overrun += status.has(Regs::Sr::kOverrun);
    errors_.framing += status.has(Regs::Sr::kFraming);
    regs_.write(Regs::Cr::kResetStatus(true));
  }
  if (status.has(Regs::Sr::kTransmitReady)) {
    if (transmit_.count)
      regs_.write(Regs::Thr::kCharacter.from(static_cast<uint32_t>(transmit_.pop())));
    // Ready is a level: with nothing to send it would interrupt for ever.
    if (!transmit_.count) regs_.write(Regs::Idr::kTransmitReady(true));
  }
}

size_t BufferedUart::write(std::span<const std::byte> bytes) {
  size_t taken = 0;
  while (taken < bytes.size() && transmit_.push(bytes[taken])) ++taken;
  if (transmit_.count) regs_.write(Regs::Ier::kTransmitReady(true));
  return taken;
}

size_t BufferedUart::read(std::span<std::byte> out) {
  size_t moved = 0;
  while (moved < out.size() && receive_.count) out[moved++] = receive_.pop();
  return moved;
}

LineErrors BufferedUart::take_errors() {
  const LineErrors errors = errors_;
  errors_ = {};
  return errors;
}

}  // namespace drivers::uart
