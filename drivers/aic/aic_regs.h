// AIC registers. SAMA5D2 datasheet (DS60001476), "Advanced Interrupt Controller (AIC)". The secure
// controller (SAIC) has the same ones.
//
// 128 sources share one window: AIC_SSR selects which one the registers marked "selected" mean.
#pragma once

#include "base/mmio/register.h"

namespace drivers::aic {

using base::mmio::Access, base::mmio::Field, base::mmio::Register, base::mmio::RegisterArray;

struct Regs {
  struct Ssr : Register<Regs, 0x00, Access::kReadWrite> {
    static constexpr Field<Ssr, 0, 7> kSource{};
  };
  /// Selected: mode.
  struct Smr : Register<Regs, 0x04, Access::kReadWrite> {
    /// 0 lowest to 7 highest.
    static constexpr Field<Smr, 0, 3> kPriority{};
    enum class Type : uint32_t {
      kLevel,  ///< high level; of the two external sources (0 and 49) the low level
      kEdge,   ///< rising edge; of an external source the falling one
      kHighLevel,
      kPositiveEdge,
    };
    static constexpr Field<Smr, 5, 2, Type> kType{};
  };
  /// Selected: vector.
  struct Svr : Register<Regs, 0x08, Access::kReadWrite> {};
  /// Vector of the interrupt to serve. Reading it begins the service: pushes the priority and
  /// clears an edge. Under kProtect (AIC_DCR) a write of anything does that instead.
  struct Ivr : Register<Regs, 0x10, Access::kReadClears> {};
  /// The same register as it is written under AIC_DCR.PROT.
  struct IvrEnter : Register<Regs, 0x10, Access::kWriteOnly> {};
  struct Fvr : Register<Regs, 0x14, Access::kReadClears> {};
  /// The interrupt in service; 0: none.
  struct Isr : Register<Regs, 0x18, Access::kReadOnly> {
    static constexpr Field<Isr, 0, 7> kSource{};
  };
  struct Ipr : RegisterArray<Regs, 0x20, Access::kReadOnly, 4> {};
  /// Selected: mask.
  struct Imr : Register<Regs, 0x30, Access::kReadOnly> {
    static constexpr Field<Imr, 0> kEnabled{};
  };
  struct Cisr : Register<Regs, 0x34, Access::kReadOnly> {
    static constexpr Field<Cisr, 0> kFiq{};
    static constexpr Field<Cisr, 1> kIrq{};
  };
  /// Ends the service begun last: pops its priority. Any value.
  struct Eoicr : Register<Regs, 0x38, Access::kWriteOnly> {};
  /// Spurious vector.
  struct Spu : Register<Regs, 0x3c, Access::kReadWrite> {};
  /// Selected: enable, disable, clear the edge, set the edge. Bit 0.
  struct Iecr : Register<Regs, 0x40, Access::kWriteOnly> {
    static constexpr Field<Iecr, 0> kDo{};
  };
  struct Idcr : Register<Regs, 0x44, Access::kWriteOnly> {
    static constexpr Field<Idcr, 0> kDo{};
  };
  struct Iccr : Register<Regs, 0x48, Access::kWriteOnly> {
    static constexpr Field<Iccr, 0> kDo{};
  };
  struct Iscr : Register<Regs, 0x4c, Access::kWriteOnly> {
    static constexpr Field<Iscr, 0> kDo{};
  };
  struct Dcr : Register<Regs, 0x6c, Access::kReadWrite> {
    static constexpr Field<Dcr, 0> kProtect{};
    static constexpr Field<Dcr, 1> kMaskAll{};
  };
  struct Wpmr : Register<Regs, 0xe4, Access::kReadWrite> {
    static constexpr Field<Wpmr, 0> kEnable{};
    static constexpr Field<Wpmr, 8, 24> kKey{};
    static constexpr uint32_t kPassword = 0x414943;  // "AIC"
  };
  struct Wpsr : Register<Regs, 0xe8, Access::kReadClears> {};
};

}  // namespace drivers::aic
