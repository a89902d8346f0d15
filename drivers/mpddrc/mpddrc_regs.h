// MPDDRC registers. SAMA5D2 datasheet, "Multiport DDR-SDRAM Controller", register user interface.
#pragma once

#include "base/mmio/register.h"

namespace drivers::mpddrc {

using base::mmio::Access, base::mmio::Field, base::mmio::Register;

struct Regs {
  /// Mode. Except for kNormal, the command goes out with the next write to the memory; its address
  /// carries the bank.
  struct Mr : Register<Regs, 0x00, Access::kReadWrite> {
    static constexpr Field<Mr, 0, 3> kMode{};
    static constexpr uint32_t kNormal = 0, kNop = 1, kPrechargeAll = 2, kLoadMode = 3, kRefresh = 4,
                              kLoadExtendedMode = 5, kDeepPowerDown = 6, kLowPower2 = 7;
    static constexpr Field<Mr, 8, 8> kMrs{};
  };
  /// Refresh timer: cycles between two refreshes. 0: none.
  struct Rtr : Register<Regs, 0x04, Access::kReadWrite> {
    static constexpr Field<Rtr, 0, 12> kInterval{};
    static constexpr Field<Rtr, 16> kAdjust{};
  };
  /// Configuration.
  struct Cr : Register<Regs, 0x08, Access::kReadWrite> {
    static constexpr Field<Cr, 0, 2> kColumns{};  // 9 + n column bits
    static constexpr Field<Cr, 2, 2> kRows{};     // 11 + n row bits
    static constexpr Field<Cr, 4, 3> kCasLatency{};
    static constexpr Field<Cr, 7> kResetDll{};
    static constexpr Field<Cr, 8> kWeakDrive{};
    static constexpr Field<Cr, 9> kDisableDll{};
    static constexpr Field<Cr, 10, 2> kZq{};
    static constexpr Field<Cr, 12, 3> kOcd{};  // 0: leave calibration, 7: default
    static constexpr Field<Cr, 20> kEightBanks{};
    static constexpr Field<Cr, 21> kNoNdqs{};
    static constexpr Field<Cr, 22> kInterleaved{};  // banks in the address above the columns
    static constexpr Field<Cr, 23> kUnaligned{};
  };
  /// Timing, all in cycles of the DDR clock.
  struct Tpr0 : Register<Regs, 0x0c, Access::kReadWrite> {
    static constexpr Field<Tpr0, 0, 4> kRas{};
    static constexpr Field<Tpr0, 4, 4> kRcd{};
    static constexpr Field<Tpr0, 8, 4> kWr{};
    static constexpr Field<Tpr0, 12, 4> kRc{};
    static constexpr Field<Tpr0, 16, 4> kRp{};
    static constexpr Field<Tpr0, 20, 4> kRrd{};
    static constexpr Field<Tpr0, 24, 4> kWtr{};
    static constexpr Field<Tpr0, 28, 4> kMrd{};
  };
  struct Tpr1 : Register<Regs, 0x10, Access::kReadWrite> {
    static constexpr Field<Tpr1, 0, 7> kRfc{};
    static constexpr Field<Tpr1, 8, 8> kXsnr{};
    static constexpr Field<Tpr1, 16, 8> kXsrd{};
    static constexpr Field<Tpr1, 24, 4> kXp{};
  };
  struct Tpr2 : Register<Regs, 0x14, Access::kReadWrite> {
    static constexpr Field<Tpr2, 0, 4> kXard{};
    static constexpr Field<Tpr2, 4, 4> kXards{};
    static constexpr Field<Tpr2, 8, 4> kRpa{};
    static constexpr Field<Tpr2, 12, 4> kRtp{};
    static constexpr Field<Tpr2, 16, 4> kFaw{};
  };
  /// Low power.
  struct Lpr : Register<Regs, 0x1c, Access::kReadWrite> {
    static constexpr Field<Lpr, 0, 2> kMode{};
  };
  /// Memory device.
  struct Md : Register<Regs, 0x20, Access::kReadWrite> {
    static constexpr Field<Md, 0, 3> kType{};
    static constexpr uint32_t kDdr2 = 6;
    static constexpr Field<Md, 4> kSixteenBits{};
  };
  /// Calibration of the pads.
  struct IoCalibr : Register<Regs, 0x34, Access::kReadWrite> {
    static constexpr Field<IoCalibr, 0, 3> kResistance{};
    static constexpr uint32_t kDdr2Rzq50 = 4;
    static constexpr Field<IoCalibr, 4> kEnable{};
    static constexpr Field<IoCalibr, 8, 7> kTzqio{};  // cycles of 600 ns
  };
  /// Read data path.
  struct RdDataPath : Register<Regs, 0x5c, Access::kReadWrite> {
    static constexpr Field<RdDataPath, 0, 2> kShiftSampling{};
  };
  /// Write protection of the registers above.
  struct Wpmr : Register<Regs, 0xe4, Access::kReadWrite> {
    static constexpr Field<Wpmr, 0> kEnable{};
    static constexpr Field<Wpmr, 8, 24> kKey{};
    static constexpr uint32_t kPassword = 0x4d5044;  // "MPD"
  };
  struct Wpsr : Register<Regs, 0xe8, Access::kReadClears> {
    static constexpr Field<Wpsr, 0> kViolation{};
    static constexpr Field<Wpsr, 8, 16> kSource{};
  };
};

}  // namespace drivers::mpddrc
