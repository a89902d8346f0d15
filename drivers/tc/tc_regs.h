// TC registers: three 32-bit channels. SAMA5D2 datasheet (DS60001476), "Timer Counter (TC)".
//
// Public SVD files give wrong offsets for channel 2 and for the block registers; these are the
// datasheet's.
#pragma once

#include "base/mmio/register.h"

namespace drivers::tc {

using base::mmio::Access, base::mmio::Field, base::mmio::Register, base::mmio::RegisterArray;

inline constexpr unsigned kChannels = 3;
inline constexpr uint32_t kChannelStride = 0x40;

struct Regs {
  template <uint32_t kOffset, Access kKind>
  using Channel = RegisterArray<Regs, kOffset, kKind, kChannels, kChannelStride>;

  struct Ccr : Channel<0x00, Access::kWriteOnly> {
    static constexpr Field<Ccr, 0> kEnable{};
    static constexpr Field<Ccr, 1> kDisable{};
    /// Resets the counter and starts it if enabled.
    static constexpr Field<Ccr, 2> kTrigger{};
  };
  struct Cmr : Channel<0x04, Access::kReadWrite> {
    enum class Clock : uint32_t {
      kGeneric,
      kBy8,
      kBy32,
      kBy128,
      kSlow,
      kExternal0,
      kExternal1,
      kExternal2
    };
    static constexpr Field<Cmr, 0, 3, Clock> kClock{};
    static constexpr Field<Cmr, 3> kInvert{};
    static constexpr Field<Cmr, 4, 2> kBurst{};
    /// Waveform mode: RC stops, or disables, the counter's clock.
    static constexpr Field<Cmr, 6> kStopAtC{};
    static constexpr Field<Cmr, 7> kDisableAtC{};
    enum class Shape : uint32_t { kUp, kUpDown, kUpToC, kUpDownToC };
    static constexpr Field<Cmr, 13, 2, Shape> kShape{};
    /// Capture mode: RC resets the counter.
    static constexpr Field<Cmr, 14> kTriggerAtC{};
    static constexpr Field<Cmr, 15> kWaveform{};
  };
  struct Smmr : Channel<0x08, Access::kReadWrite> {};
  struct Rab : Channel<0x0c, Access::kReadOnly> {};
  struct Cv : Channel<0x10, Access::kReadOnly> {};
  struct Ra : Channel<0x14, Access::kReadWrite> {};
  struct Rb : Channel<0x18, Access::kReadWrite> {};
  struct Rc : Channel<0x1c, Access::kReadWrite> {};
  /// Status. Reading it clears bits 7:0.
  struct Sr : Channel<0x20, Access::kReadClears> {
    static constexpr Field<Sr, 0> kOverflow{};
    static constexpr Field<Sr, 2> kReachedA{};
    static constexpr Field<Sr, 3> kReachedB{};
    static constexpr Field<Sr, 4> kReachedC{};
    static constexpr Field<Sr, 16> kClockEnabled{};
  };
  struct Ier : Channel<0x24, Access::kWriteOnly> {
    static constexpr Field<Ier, 0> kOverflow{};
    static constexpr Field<Ier, 2> kReachedA{};
    static constexpr Field<Ier, 3> kReachedB{};
    static constexpr Field<Ier, 4> kReachedC{};
  };
  struct Idr : Channel<0x28, Access::kWriteOnly> {
    static constexpr Field<Idr, 0, 8> kAll{};
    static constexpr Field<Idr, 2> kReachedA{};
  };
  struct Imr : Channel<0x2c, Access::kReadOnly> {};
  struct Emr : Channel<0x30, Access::kReadWrite> {
    /// Counts the undivided bus clock, whatever TC_CMR selects.
    static constexpr Field<Emr, 8> kUndivided{};
  };
  struct Bcr : Register<Regs, 0xc0, Access::kWriteOnly> {
    /// Triggers all channels at once.
    static constexpr Field<Bcr, 0> kSync{};
  };
  struct Bmr : Register<Regs, 0xc4, Access::kReadWrite> {};
  struct Fmr : Register<Regs, 0xd8, Access::kReadWrite> {};
  struct Wpmr : Register<Regs, 0xe4, Access::kReadWrite> {
    static constexpr Field<Wpmr, 0> kEnable{};
    static constexpr Field<Wpmr, 8, 24> kKey{};
    static constexpr uint32_t kPassword = 0x54494d;  // "TIM"
  };
};

}  // namespace drivers::tc
