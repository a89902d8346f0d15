// SDMMC registers. SAMA5D2 datasheet, "Secure Digital MultiMedia Card Controller", register user
// interface; up to 0x0fe they are those of the SD Host Controller Simplified Specification 3.00.
#pragma once

#include "base/mmio/register.h"

namespace drivers::sdmmc {

using base::mmio::Access, base::mmio::Field, base::mmio::Register, base::mmio::RegisterArray;

/// ADMA2 descriptor, as it lies in memory.
struct Descriptor {
  static constexpr uint16_t kValid = 1 << 0, kEnd = 1 << 1, kInterrupt = 1 << 2;
  static constexpr uint16_t kTransfer = 2 << 4, kLink = 3 << 4, kActionMask = 3 << 4;
  static constexpr uint32_t kMaxLength = 65536;  // written as 0
  uint16_t attributes = 0;
  uint16_t length = 0;
  uint32_t address = 0;
};
static_assert(sizeof(Descriptor) == 8);

struct Regs {
  /// SDMA system address; argument 2 (of Auto CMD23).
  struct Ssar : Register<Regs, 0x00, Access::kReadWrite> {
    static constexpr Field<Ssar, 0, 32> kAddress{};
  };
  /// Block size. Not to be written during a transfer.
  struct Bsr : Register<Regs, 0x04, Access::kReadWrite, uint16_t> {
    static constexpr Field<Bsr, 0, 10> kBlockSize{};
    static constexpr Field<Bsr, 12, 3> kBoundary{};
  };
  /// Blocks of a transfer; counts down.
  struct Bcr : Register<Regs, 0x06, Access::kReadWrite, uint16_t> {
    static constexpr Field<Bcr, 0, 16> kBlockCount{};
  };
  struct Arg1r : Register<Regs, 0x08, Access::kReadWrite> {
    static constexpr Field<Arg1r, 0, 32> kArgument{};
  };
  /// Transfer mode.
  struct Tmr : Register<Regs, 0x0c, Access::kReadWrite, uint16_t> {
    static constexpr Field<Tmr, 0> kDmaEnable{};
    static constexpr Field<Tmr, 1> kBlockCountEnable{};
    static constexpr Field<Tmr, 2, 2> kAutoCommand{};  // 1: CMD12, 2: CMD23
    static constexpr Field<Tmr, 4> kRead{};
    static constexpr Field<Tmr, 5> kMultiBlock{};
  };
  /// Command. Writing its upper byte sends it.
  struct Cr : Register<Regs, 0x0e, Access::kReadWrite, uint16_t> {
    static constexpr Field<Cr, 0, 2> kResponse{};
    static constexpr uint32_t kNoResponse = 0, kLong = 1, kShort = 2, kShortBusy = 3;
    static constexpr Field<Cr, 3> kCheckCrc{};
    static constexpr Field<Cr, 4> kCheckIndex{};
    static constexpr Field<Cr, 5> kData{};
    static constexpr Field<Cr, 6, 2> kType{};
    static constexpr uint32_t kAbort = 3;
    static constexpr Field<Cr, 8, 6> kIndex{};
  };
  /// Response. A long one: its bits 127:8 from bit 0 of the first; of an automatic command: the
  /// last.
  struct Rr : RegisterArray<Regs, 0x10, Access::kReadOnly, 4> {};
  /// The block buffer.
  struct Bdpr : Register<Regs, 0x20, Access::kReadWrite> {
    static constexpr Field<Bdpr, 0, 32> kData{};
  };
  /// Present state.
  struct Psr : Register<Regs, 0x24, Access::kReadOnly> {
    static constexpr Field<Psr, 0> kCommandInhibit{};
    static constexpr Field<Psr, 1> kDataInhibit{};
    static constexpr Field<Psr, 2> kDataActive{};
    static constexpr Field<Psr, 8> kWriteActive{};
    static constexpr Field<Psr, 9> kReadActive{};
    static constexpr Field<Psr, 10> kBufferWritable{};
    static constexpr Field<Psr, 11> kBufferReadable{};
    static constexpr Field<Psr, 16> kCardInserted{};
    static constexpr Field<Psr, 17> kCardStable{};
    static constexpr Field<Psr, 18> kCardDetectPin{};
    static constexpr Field<Psr, 19> kWriteEnablePin{};
    static constexpr Field<Psr, 20, 4> kDatLevel{};
    static constexpr Field<Psr, 24> kCmdLevel{};
  };
  /// Host control 1.
  struct Hc1r : Register<Regs, 0x28, Access::kReadWrite, uint8_t> {
    static constexpr Field<Hc1r, 1> kFourBits{};
    static constexpr Field<Hc1r, 2> kHighSpeed{};
    static constexpr Field<Hc1r, 3, 2> kDmaSelect{};
    static constexpr uint32_t kSdma = 0, kAdma2 = 2;
    static constexpr Field<Hc1r, 5> kEightBits{};
  };
  /// Power control. Without a card (see Mc1r::kForceCardDetect) the power bit stays 0.
  struct Pcr : Register<Regs, 0x29, Access::kReadWrite, uint8_t> {
    static constexpr Field<Pcr, 0> kPower{};
    static constexpr Field<Pcr, 1, 3> kVoltage{};
    static constexpr uint32_t k3v3 = 7;
  };
  /// Clock control. The dividers may only change while kCardClock is 0.
  struct Ccr : Register<Regs, 0x2c, Access::kReadWrite, uint16_t> {
    static constexpr Field<Ccr, 0> kInternalClock{};
    static constexpr Field<Ccr, 1> kInternalStable{};
    static constexpr Field<Ccr, 2> kCardClock{};
    static constexpr Field<Ccr, 5> kProgrammable{};  // GCLK / (div + 1), else BASECLK / (2 div)
    static constexpr Field<Ccr, 6, 2> kDividerHigh{};
    static constexpr Field<Ccr, 8, 8> kDividerLow{};
  };
  /// Data timeout: 2^(13 + n) periods of the timeout clock.
  struct Tcr : Register<Regs, 0x2e, Access::kReadWrite, uint8_t> {
    static constexpr Field<Tcr, 0, 4> kTimeout{};
  };
  /// Software reset. Bits clear when the reset is done.
  struct Srr : Register<Regs, 0x2f, Access::kReadWrite, uint8_t> {
    static constexpr Field<Srr, 0> kAll{};
    static constexpr Field<Srr, 1> kCommandLine{};
    static constexpr Field<Srr, 2> kDataLine{};
  };
  /// Normal interrupt status. Only what Nister enables is recorded.
  struct Nistr : Register<Regs, 0x30, Access::kWriteOneClears, uint16_t> {
    static constexpr Field<Nistr, 0> kCommandComplete{};
    static constexpr Field<Nistr, 1> kTransferComplete{};
    static constexpr Field<Nistr, 2> kBlockGap{};
    static constexpr Field<Nistr, 3> kDma{};
    static constexpr Field<Nistr, 4> kBufferWriteReady{};
    static constexpr Field<Nistr, 5> kBufferReadReady{};
    static constexpr Field<Nistr, 6> kCardInsertion{};
    static constexpr Field<Nistr, 7> kCardRemoval{};
    static constexpr Field<Nistr, 15> kError{};  // read only: some bit of Eistr is set
  };
  /// Error interrupt status.
  struct Eistr : Register<Regs, 0x32, Access::kWriteOneClears, uint16_t> {
    static constexpr Field<Eistr, 0> kCommandTimeout{};
    static constexpr Field<Eistr, 1> kCommandCrc{};
    static constexpr Field<Eistr, 2> kCommandEndBit{};
    static constexpr Field<Eistr, 3> kCommandIndex{};
    static constexpr Field<Eistr, 4> kDataTimeout{};
    static constexpr Field<Eistr, 5> kDataCrc{};
    static constexpr Field<Eistr, 6> kDataEndBit{};
    static constexpr Field<Eistr, 7> kCurrentLimit{};
    static constexpr Field<Eistr, 8> kAutoCommand{};
    static constexpr Field<Eistr, 9> kAdma{};
    static constexpr Field<Eistr, 12> kBootAcknowledge{};
  };
  struct Nister : Register<Regs, 0x34, Access::kReadWrite, uint16_t> {};
  struct Eister : Register<Regs, 0x36, Access::kReadWrite, uint16_t> {};
  struct Nisier : Register<Regs, 0x38, Access::kReadWrite, uint16_t> {};
  struct Eisier : Register<Regs, 0x3a, Access::kReadWrite, uint16_t> {};
  /// What went wrong with an automatic command.
  struct Acesr : Register<Regs, 0x3c, Access::kReadOnly, uint16_t> {
    static constexpr Field<Acesr, 0> kNotExecuted{};
    static constexpr Field<Acesr, 1> kTimeout{};
    static constexpr Field<Acesr, 2> kCrc{};
    static constexpr Field<Acesr, 3> kEndBit{};
    static constexpr Field<Acesr, 4> kIndex{};
  };
  struct Hc2r : Register<Regs, 0x3e, Access::kReadWrite, uint16_t> {};
  /// Capabilities. Writable after Cacr.
  struct Ca0r : Register<Regs, 0x40, Access::kReadWrite> {
    static constexpr Field<Ca0r, 0, 6> kTimeoutClock{};
    static constexpr Field<Ca0r, 7> kTimeoutClockMhz{};
    static constexpr Field<Ca0r, 8, 8> kBaseClockMhz{};
    static constexpr Field<Ca0r, 18> kEightBits{};
    static constexpr Field<Ca0r, 19> kAdma2{};
    static constexpr Field<Ca0r, 21> kHighSpeed{};
    static constexpr Field<Ca0r, 22> kSdma{};
  };
  struct Ca1r : Register<Regs, 0x44, Access::kReadWrite> {
    static constexpr Field<Ca1r, 16, 8> kClockMultiplier{};
  };
  struct Feraces : Register<Regs, 0x50, Access::kWriteOnly, uint16_t> {};
  /// Forces error events, for testing the error path.
  struct Fereis : Register<Regs, 0x52, Access::kWriteOnly, uint16_t> {};
  /// ADMA error status.
  struct Aesr : Register<Regs, 0x54, Access::kReadOnly> {
    static constexpr Field<Aesr, 0, 2> kState{};  // 1: fetching a descriptor, 3: moving data
    static constexpr Field<Aesr, 2> kLengthMismatch{};
  };
  /// Address of the next descriptor.
  struct Asar : Register<Regs, 0x58, Access::kReadWrite> {
    static constexpr Field<Asar, 0, 32> kAddress{};
  };
  struct Hcvr : Register<Regs, 0xfe, Access::kReadOnly, uint16_t> {
    static constexpr Field<Hcvr, 0, 8> kSpecification{};  // 2: 3.00
  };
  /// e.MMC control 1.
  struct Mc1r : Register<Regs, 0x204, Access::kReadWrite, uint8_t> {
    static constexpr Field<Mc1r, 3> kDdr{};
    static constexpr Field<Mc1r, 4> kOpenDrain{};
    static constexpr Field<Mc1r, 6> kReset{};            // drives RST_n low
    static constexpr Field<Mc1r, 7> kForceCardDetect{};  // a soldered card has no detect pin
  };
  /// Capabilities control: kWriteEnable counts only together with the key.
  struct Cacr : Register<Regs, 0x230, Access::kReadWrite> {
    static constexpr Field<Cacr, 0> kWriteEnable{};
    static constexpr Field<Cacr, 8, 8> kKey{};
    static constexpr uint32_t kPassword = 0x46;
  };
  /// Calibration of the pads' output impedance. On SAMA5D2 packages with DDR inside, kAlwaysOn must
  /// be set even where the block is unused, or VDDSDMMC draws too much (errata, "SDMMC I/O
  /// calibration").
  struct Calcr : Register<Regs, 0x240, Access::kReadWrite> {
    static constexpr Field<Calcr, 0> kEnable{};  // clears when the calibration is done
    static constexpr Field<Calcr, 4> kAlwaysOn{};
    static constexpr Field<Calcr, 8, 8> kStartup{};  // in 4 periods of HCLOCK; at least 2 us
  };
};

}  // namespace drivers::sdmmc
