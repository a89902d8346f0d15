// PIO registers: four banks of 32 lines. SAMA5D2 datasheet (DS60001476), "Parallel Input/Output
// Controller (PIO)".
#pragma once

#include "base/mmio/register.h"

namespace drivers::pio {

using base::mmio::Access, base::mmio::Field, base::mmio::Register, base::mmio::RegisterArray;

inline constexpr unsigned kBanks = 4;
inline constexpr uint32_t kBankStride = 0x40;

struct Regs {
  template <uint32_t kOffset, Access kKind>
  using Bank = RegisterArray<Regs, kOffset, kKind, kBanks, kBankStride>;

  /// Which lines PIO_CFGR and PIO_IOFR mean.
  struct Mskr : Bank<0x00, Access::kReadWrite> {};
  /// Configuration: written to every line selected; read from the lowest one.
  struct Cfgr : Bank<0x04, Access::kReadWrite> {
    enum class Function : uint32_t { kGpio, kA, kB, kC, kD, kE, kF, kG };
    static constexpr Field<Cfgr, 0, 3, Function> kFunction{};
    static constexpr Field<Cfgr, 8> kOutput{};
    static constexpr Field<Cfgr, 9> kPullUp{};
    static constexpr Field<Cfgr, 10> kPullDown{};
    static constexpr Field<Cfgr, 12> kFilter{};
    static constexpr Field<Cfgr, 13> kSlowFilter{};
    static constexpr Field<Cfgr, 14> kOpenDrain{};
    static constexpr Field<Cfgr, 15> kSchmitt{};
    enum class Drive : uint32_t { kLow, kLowToo, kMedium, kHigh };
    static constexpr Field<Cfgr, 16, 2, Drive> kDrive{};
    enum class Event : uint32_t { kFalling, kRising, kBoth, kLowLevel, kHighLevel };
    static constexpr Field<Cfgr, 24, 3, Event> kEvent{};
    static constexpr Field<Cfgr, 29> kFrozen{};
    static constexpr Field<Cfgr, 30> kEventFrozen{};
  };
  struct Pdsr : Bank<0x08, Access::kReadOnly> {};
  struct Locksr : Bank<0x0c, Access::kReadOnly> {};
  struct Sodr : Bank<0x10, Access::kWriteOnly> {};
  struct Codr : Bank<0x14, Access::kWriteOnly> {};
  struct Odsr : Bank<0x18, Access::kReadWrite> {};
  struct Ier : Bank<0x20, Access::kWriteOnly> {};
  struct Idr : Bank<0x24, Access::kWriteOnly> {};
  struct Imr : Bank<0x28, Access::kReadOnly> {};
  /// Lines whose event came. Reading it clears it.
  struct Isr : Bank<0x2c, Access::kReadClears> {};
  /// Freezes the selected lines until a reset. The write is ignored unless kKey carries kPassword.
  struct Iofr : Bank<0x3c, Access::kWriteOnly> {
    static constexpr Field<Iofr, 0> kPhysical{};
    static constexpr Field<Iofr, 1> kEvents{};
    static constexpr Field<Iofr, 8, 24> kKey{};
    static constexpr uint32_t kPassword = 0x494f46;  // "IOF"
  };
  struct Scdr : Register<Regs, 0x500, Access::kReadWrite> {};
  struct Wpmr : Register<Regs, 0x5e0, Access::kReadWrite> {
    static constexpr Field<Wpmr, 0> kEnable{};
    static constexpr Field<Wpmr, 8, 24> kKey{};
    static constexpr uint32_t kPassword = 0x50494f;  // "PIO"
  };
  struct Wpsr : Register<Regs, 0x5e4, Access::kReadClears> {};
};

}  // namespace drivers::pio
