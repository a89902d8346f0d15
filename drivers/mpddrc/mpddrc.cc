#include "drivers/mpddrc/mpddrc.h"

#include "base/modules.h"

namespace drivers::mpddrc {
namespace {

using namespace std::chrono_literals;
using base::mmio::Value;

constexpr uint8_t kModule = base::module_number("drivers/mpddrc/mpddrc.cc");
constexpr uint32_t kCalibration = 600'000;  // TZQIO, picoseconds
constexpr uint32_t kModeSetCycles = 2, kPowerDownExitCycles = 2, kSelfRefreshExitCycles = 200;

constexpr uint32_t cycles(uint32_t picoseconds, uint32_t hz) {
  return static_cast<uint32_t>((uint64_t{picoseconds} * hz + 999'999'999'999) / 1'000'000'000'000);
}

/// Puts values into fields and notes whether all of them had room.
template <class R>
class Packer {
 public:
  template <class F>
  Packer& set(F field, uint32_t value) {
    fits_ &= value <= F::kMax;
    if (fits_) value_ = value_ | field.from(value);
    return *this;
  }
  bool fits() const { return fits_; }
  Value<R> value() const { return value_; }

 private:
  Value<R> value_{};
  bool fits_ = true;
};

}  // namespace

/// At least `length`: the clock's grain is a microsecond, and the first may be nearly over.
void Mpddrc::pause(base::Duration length) {
  (void)base::wait_until(clock_, length + 1us, [] { return false; });
}

/// Only a write to the memory sends the command; its address carries the bank.
void Mpddrc::command(uint32_t mode, uint32_t bank) {
  regs_.write(Regs::Mr::kMode.from(mode));
  (void)regs_.read<Regs::Mr>();  // the mode has arrived before the write sets out
  ram_.store<uint32_t>(bank << bank_shift_, 0);
}

base::Result<void> Mpddrc::configure(const Part& part, uint32_t hz) {
  if (part.columns < 9 || part.columns > 12 || part.rows < 11 || part.rows > 14)
    return FAIL(kInvalid);
  Packer<Regs::Tpr0> tpr0;
  tpr0.set(Regs::Tpr0::kRas, cycles(part.ras, hz))
      .set(Regs::Tpr0::kRcd, cycles(part.rcd, hz))
      .set(Regs::Tpr0::kWr, cycles(part.wr, hz))
      .set(Regs::Tpr0::kRc, cycles(part.rc, hz))
      .set(Regs::Tpr0::kRp, cycles(part.rp, hz))
      .set(Regs::Tpr0::kRrd, cycles(part.rrd, hz))
      .set(Regs::Tpr0::kWtr, cycles(part.wtr, hz))
      .set(Regs::Tpr0::kMrd, kModeSetCycles);
  Packer<Regs::Tpr1> tpr1;
  tpr1.set(Regs::Tpr1::kRfc, cycles(part.rfc, hz))
      .set(Regs::Tpr1::kXsnr, cycles(part.rfc + 10'000, hz))
      .set(Regs::Tpr1::kXsrd, kSelfRefreshExitCycles)
      .set(Regs::Tpr1::kXp, kPowerDownExitCycles);
  Packer<Regs::Tpr2> tpr2;
  tpr2.set(Regs::Tpr2::kXard, part.xard_cycles)
      .set(Regs::Tpr2::kXards, part.xards_cycles)
      .set(Regs::Tpr2::kRpa, cycles(part.rp, hz) + 1)
      .set(Regs::Tpr2::kRtp, cycles(part.rtp, hz))
      .set(Regs::Tpr2::kFaw, cycles(part.faw, hz));
  if (!tpr0.fits() || !tpr1.fits() || !tpr2.fits()) return FAIL(kInvalid);

  regs_.modify<Regs::IoCalibr>([hz](Value<Regs::IoCalibr> io) {
    const uint32_t tzqio = cycles(kCalibration, hz);
    return io.with(Regs::IoCalibr::kResistance, Regs::IoCalibr::kDdr2Rzq50)
        .with(Regs::IoCalibr::kTzqio, tzqio > 127 ? 127 : tzqio);
  });
  regs_.write(Regs::RdDataPath::kShiftSampling(1));
  const auto device =
      Regs::Md::kType(Regs::Md::kDdr2) | Regs::Md::kSixteenBits.from(part.sixteen_bits);
  regs_.write(device);
  if (regs_.read<Regs::Md>() != device) return FAIL(kTimeout);  // a gated block reads as zeros
  regs_.write(Regs::Cr::kColumns.from(part.columns - 9) | Regs::Cr::kRows.from(part.rows - 11) |
              Regs::Cr::kCasLatency.from(part.cas_latency) |
              Regs::Cr::kEightBanks.from(part.eight_banks) | Regs::Cr::kInterleaved(true) |
              Regs::Cr::kUnaligned(true));
  regs_.write(tpr0.value());
  regs_.write(tpr1.value());
  regs_.write(tpr2.value());
  bank_shift_ = part.columns + (part.sixteen_bits ? 1 : 2);  // interleaved: above the columns
  return {};
}

/// The steps are those of the datasheet's "DDR2-SDRAM initialization".
base::Result<void> Mpddrc::start(const Part& part, uint32_t hz) {
  TRY(configure(part, hz));  // steps 1 and 2
  using Mr = Regs::Mr;
  const auto configure_with = [&](auto field, auto value) {
    regs_.modify<Regs::Cr>([&](Value<Regs::Cr> cr) { return cr.with(field, value); });
  };
  command(Mr::kNop);  // 3: clocks on
  pause(200us);
  command(Mr::kNop);  // 4: CKE high
  pause(1us);
  command(Mr::kPrechargeAll);  // 5
  pause(1us);
  command(Mr::kLoadExtendedMode, 2);  // 6
  pause(1us);
  command(Mr::kLoadExtendedMode, 3);  // 7
  pause(1us);
  command(Mr::kLoadExtendedMode, 1);          // 8: DLL on
  pause(2us);                                 // 200 cycles for it to lock
  configure_with(Regs::Cr::kResetDll, true);  // 9
  command(Mr::kLoadMode);                     // 10
  pause(1us);
  command(Mr::kPrechargeAll);  // 11
  pause(1us);
  command(Mr::kRefresh);  // 12: twice
  pause(1us);
  command(Mr::kRefresh);
  pause(1us);
  configure_with(Regs::Cr::kResetDll, false);  // 13
  command(Mr::kLoadMode);                      // 14
  pause(2us);
  configure_with(Regs::Cr::kOcd, 7u);  // 15
  command(Mr::kLoadExtendedMode, 1);   // 16
  pause(1us);
  configure_with(Regs::Cr::kOcd, 0u);  // 17
  command(Mr::kLoadExtendedMode, 1);   // 18
  pause(1us);
  command(Mr::kNormal);                                                  // 19, 20
  regs_.write(Regs::Rtr::kInterval.from(cycles(part.refresh, hz) - 1));  // 21
  pause(10us);
  return {};
}

}  // namespace drivers::mpddrc
