// UART registers. SAMA5D2 datasheet (DS60001476), "Universal Asynchronous Receiver Transmitter
// (UART)".
#pragma once

#include "base/mmio/register.h"

namespace drivers::uart {

using base::mmio::Access, base::mmio::Field, base::mmio::Register;

struct Regs {
  struct Cr : Register<Regs, 0x00, Access::kWriteOnly> {
    static constexpr Field<Cr, 2> kResetReceiver{};
    static constexpr Field<Cr, 3> kResetTransmitter{};
    static constexpr Field<Cr, 4> kReceiverEnable{};
    static constexpr Field<Cr, 5> kReceiverDisable{};
    static constexpr Field<Cr, 6> kTransmitterEnable{};
    static constexpr Field<Cr, 7> kTransmitterDisable{};
    static constexpr Field<Cr, 8> kResetStatus{};
    static constexpr Field<Cr, 10> kRearmTimeOut{};
    static constexpr Field<Cr, 11> kStartTimeOut{};
    static constexpr Field<Cr, 12> kRequestClear{};
  };
  struct Mr : Register<Regs, 0x04, Access::kReadWrite> {
    static constexpr Field<Mr, 4> kFilter{};
    enum class Parity : uint32_t { kEven, kOdd, kSpace, kMark, kNone };
    static constexpr Field<Mr, 9, 3, Parity> kParity{};
    /// The baud rate derives from the generic clock.
    static constexpr Field<Mr, 12> kGenericClock{};
    enum class Channel : uint32_t { kNormal, kEcho, kLocalLoop, kRemoteLoop };
    static constexpr Field<Mr, 14, 2, Channel> kChannel{};
  };
  struct Ier : Register<Regs, 0x08, Access::kWriteOnly> {
    static constexpr Field<Ier, 0> kReceived{};
    static constexpr Field<Ier, 1> kTransmitReady{};
    static constexpr Field<Ier, 5> kOverrun{};
    static constexpr Field<Ier, 6> kFraming{};
  };
  struct Idr : Register<Regs, 0x0c, Access::kWriteOnly> {
    static constexpr Field<Idr, 0, 32> kAll{};
    static constexpr Field<Idr, 1> kTransmitReady{};
  };
  struct Imr : Register<Regs, 0x10, Access::kReadOnly> {};
  struct Sr : Register<Regs, 0x14, Access::kReadOnly> {
    static constexpr Field<Sr, 0> kReceived{};
    static constexpr Field<Sr, 1> kTransmitReady{};
    static constexpr Field<Sr, 5> kOverrun{};
    static constexpr Field<Sr, 6> kFraming{};
    static constexpr Field<Sr, 7> kParity{};
    static constexpr Field<Sr, 8> kTimeOut{};
    static constexpr Field<Sr, 9> kTransmitEmpty{};
    static constexpr Field<Sr, 15> kCompared{};
  };
  /// Received character. Reading it clears Sr::kReceived.
  struct Rhr : Register<Regs, 0x18, Access::kReadClears> {
    static constexpr Field<Rhr, 0, 8> kCharacter{};
  };
  struct Thr : Register<Regs, 0x1c, Access::kWriteOnly> {
    static constexpr Field<Thr, 0, 8> kCharacter{};
  };
  /// The baud rate is the clock / (16 * this); 0: no baud rate.
  struct Brgr : Register<Regs, 0x20, Access::kReadWrite> {
    static constexpr Field<Brgr, 0, 16> kDivisor{};
  };
  struct Cmpr : Register<Regs, 0x24, Access::kReadWrite> {
    static constexpr Field<Cmpr, 0, 8> kFrom{};
    static constexpr Field<Cmpr, 12> kStartReception{};
    static constexpr Field<Cmpr, 14> kParity{};
    static constexpr Field<Cmpr, 16, 8> kTo{};
  };
  /// Bit times of silence until Sr::kTimeOut.
  struct Rtor : Register<Regs, 0x28, Access::kReadWrite> {
    static constexpr Field<Rtor, 0, 8> kBits{};
  };
  struct Wpmr : Register<Regs, 0xe4, Access::kReadWrite> {
    static constexpr Field<Wpmr, 0> kEnable{};
    static constexpr Field<Wpmr, 8, 24> kKey{};
    static constexpr uint32_t kPassword = 0x554152;  // "UAR"
  };
};

}  // namespace drivers::uart
