// PMC registers. SAMA5D2 datasheet (DS60001476), "Power Management Controller (PMC)".
//
// Where sources disagree: the datasheet gives CKGR_MOR the reset value 0x0100'0021, which would
// select the crystal, while its text and the reset value of PMC_SR (MOSCXTS = 0) start the chip on
// the 12 MHz RC oscillator. The model follows the text. Several public headers show a DIV field at
// PMC_PCR[17:16] and an eight-bit DIVA; this chip's datasheet has neither.
#pragma once

#include "base/mmio/register.h"

namespace drivers::pmc {

using base::mmio::Access, base::mmio::Field, base::mmio::Register, base::mmio::RegisterArray;

struct Regs {
  /// System clocks: PMC_SCER enables, PMC_SCDR disables, PMC_SCSR shows.
  struct Scer : Register<Regs, 0x00, Access::kWriteOnly> {
    static constexpr Field<Scer, 2> kDdr{};
    static constexpr Field<Scer, 3> kLcd{};
    static constexpr Field<Scer, 6> kUsbHost{};
    static constexpr Field<Scer, 7> kUsbDevice{};
    static constexpr Field<Scer, 8, 3> kProgrammable{};
    static constexpr Field<Scer, 18> kImageSensor{};
  };
  struct Scdr : Register<Regs, 0x04, Access::kWriteOnly> {
    static constexpr Field<Scdr, 0> kProcessor{};
    static constexpr Field<Scdr, 2> kDdr{};
    static constexpr Field<Scdr, 3> kLcd{};
  };
  struct Scsr : Register<Regs, 0x08, Access::kReadOnly> {
    static constexpr Field<Scsr, 0> kProcessor{};
    static constexpr Field<Scsr, 2> kDdr{};
    static constexpr Field<Scsr, 3> kLcd{};
  };
  /// Peripheral clocks 2..31, one bit each.
  struct Pcer0 : Register<Regs, 0x10, Access::kWriteOnly> {};
  struct Pcdr0 : Register<Regs, 0x14, Access::kWriteOnly> {};
  struct Pcsr0 : Register<Regs, 0x18, Access::kReadOnly> {};
  /// UTMI clock.
  struct Uckr : Register<Regs, 0x1c, Access::kReadWrite> {
    static constexpr Field<Uckr, 16> kPllEnable{};
    /// Eights of slow clock cycles until PMC_SR.LOCKU.
    static constexpr Field<Uckr, 20, 4> kPllCount{};
  };
  /// Main oscillator. The write is ignored unless kKey carries kPassword; the key reads as zero.
  struct Mor : Register<Regs, 0x20, Access::kReadWrite> {
    static constexpr Field<Mor, 0> kCrystalEnable{};
    static constexpr Field<Mor, 1> kCrystalBypass{};
    static constexpr Field<Mor, 2> kWaitMode{};
    static constexpr Field<Mor, 3> kRcEnable{};
    static constexpr Field<Mor, 5> kOne{};  // must be written as 1
    /// Eights of slow clock cycles until PMC_SR.MOSCXTS.
    static constexpr Field<Mor, 8, 8> kCrystalStart{};
    static constexpr Field<Mor, 16, 8> kKey{};
    static constexpr uint32_t kPassword = 0x37;
    static constexpr Field<Mor, 24> kSelectCrystal{};
    static constexpr Field<Mor, 25> kFailureDetector{};
    static constexpr Field<Mor, 26> kSlowMonitor{};
  };
  /// Main clock frequency: cycles within 16 slow clock cycles.
  struct Mcfr : Register<Regs, 0x24, Access::kReadWrite> {
    static constexpr Field<Mcfr, 0, 16> kCount{};
    static constexpr Field<Mcfr, 16> kReady{};
    static constexpr Field<Mcfr, 20> kMeasure{};
    /// Measures the crystal's clock, not the RC oscillator's.
    static constexpr Field<Mcfr, 24> kCrystal{};
  };
  struct Pllar : Register<Regs, 0x28, Access::kReadWrite> {
    /// 0: PLL off.
    static constexpr Field<Pllar, 0> kDivider{};
    /// Slow clock cycles until PMC_SR.LOCKA.
    static constexpr Field<Pllar, 8, 6> kCount{};
    static constexpr Field<Pllar, 14, 4> kRange{};
    /// The output is (this + 1) times the main clock; 0: PLL off.
    static constexpr Field<Pllar, 18, 7> kMultiplier{};
    static constexpr Field<Pllar, 29> kOne{};  // must be written as 1
  };
  /// Processor and bus clocks. Change one field at a time and wait for PMC_SR.MCKRDY in between.
  struct Mckr : Register<Regs, 0x30, Access::kReadWrite> {
    enum class Source : uint32_t { kSlow, kMain, kPlla, kUpll };
    static constexpr Field<Mckr, 0, 2, Source> kSource{};
    /// Divides by 2^n, n up to 6.
    static constexpr Field<Mckr, 4, 3> kPrescaler{};
    enum class Divider : uint32_t { kBy1, kBy2, kBy4, kBy3 };
    /// MCK from the processor clock. kBy1 leaves the DDR controller without its clock; kBy3 wants
    /// kPllaHalf.
    static constexpr Field<Mckr, 8, 2, Divider> kDivider{};
    static constexpr Field<Mckr, 12> kPllaHalf{};
    /// The 32-bit matrix runs at MCK / 2. Required above 83 MHz.
    static constexpr Field<Mckr, 24> kMatrixHalf{};
  };
  struct Usb : Register<Regs, 0x38, Access::kReadWrite> {};
  struct Pck : RegisterArray<Regs, 0x40, Access::kReadWrite, 3> {};
  struct Ier : Register<Regs, 0x60, Access::kWriteOnly> {};
  struct Idr : Register<Regs, 0x64, Access::kWriteOnly> {};
  struct Sr : Register<Regs, 0x68, Access::kReadOnly> {
    static constexpr Field<Sr, 0> kCrystalStable{};
    static constexpr Field<Sr, 1> kPllaLocked{};
    static constexpr Field<Sr, 3> kMasterReady{};
    static constexpr Field<Sr, 6> kUpllLocked{};
    static constexpr Field<Sr, 7> kSlowIsCrystal{};
    static constexpr Field<Sr, 8, 3> kProgrammableReady{};
    static constexpr Field<Sr, 16> kMainSelected{};
    static constexpr Field<Sr, 17> kRcStable{};
    static constexpr Field<Sr, 24> kGenericReady{};
  };
  struct Imr : Register<Regs, 0x6c, Access::kReadOnly> {};
  struct Fsmr : Register<Regs, 0x70, Access::kReadWrite> {};
  struct Fspr : Register<Regs, 0x74, Access::kReadWrite> {};
  struct Focr : Register<Regs, 0x78, Access::kWriteOnly> {};
  /// PLL charge pump current. The datasheet's electrical chapter names the values per range.
  struct Pllicpr : Register<Regs, 0x80, Access::kReadWrite> {
    static constexpr Field<Pllicpr, 0, 2> kPllaPump{};
    static constexpr Field<Pllicpr, 8, 3> kPllaCurrent{};
  };
  struct Wpmr : Register<Regs, 0xe4, Access::kReadWrite> {
    static constexpr Field<Wpmr, 0> kEnable{};
    static constexpr Field<Wpmr, 8, 24> kKey{};
    static constexpr uint32_t kPassword = 0x504d43;  // "PMC"
  };
  /// Reading it clears it.
  struct Wpsr : Register<Regs, 0xe8, Access::kReadClears> {
    static constexpr Field<Wpsr, 0> kViolation{};
    static constexpr Field<Wpsr, 8, 16> kSource{};
  };
  /// Peripheral clocks 32..63, one bit each.
  struct Pcer1 : Register<Regs, 0x100, Access::kWriteOnly> {};
  struct Pcdr1 : Register<Regs, 0x104, Access::kWriteOnly> {};
  struct Pcsr1 : Register<Regs, 0x108, Access::kReadOnly> {};
  /// One peripheral's clocks. A write with kCommand sets them; one without chooses what is read.
  struct Pcr : Register<Regs, 0x10c, Access::kReadWrite> {
    static constexpr Field<Pcr, 0, 7> kPeripheral{};
    enum class Generic : uint32_t { kSlow, kMain, kPlla, kUpll, kMaster, kAudio };
    static constexpr Field<Pcr, 8, 3, Generic> kGenericSource{};
    static constexpr Field<Pcr, 12> kCommand{};
    /// Divides by (this + 1).
    static constexpr Field<Pcr, 20, 8> kGenericDivider{};
    static constexpr Field<Pcr, 28> kEnable{};
    static constexpr Field<Pcr, 29> kGenericEnable{};
  };
  struct Ocr : Register<Regs, 0x110, Access::kReadWrite> {};
  struct AudioPll0 : Register<Regs, 0x14c, Access::kReadWrite> {};
  struct AudioPll1 : Register<Regs, 0x150, Access::kReadWrite> {};
};

}  // namespace drivers::pmc
