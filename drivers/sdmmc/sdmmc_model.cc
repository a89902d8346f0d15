// The registers; what they set in motion is in sdmmc_transfer.cc and sdmmc_dma.cc.
#include "drivers/sdmmc/sdmmc_model.h"

#include "drivers/sdmmc/sdmmc_regs.h"

namespace drivers::sdmmc {
namespace {

using base::model::kMicrosecond;

// 12 MHz base and timeout clocks, 8 bits, ADMA2, high speed, SDMA, 3.3/3.0/1.8 V.
constexpr uint32_t kCapabilities0 = 0x27ec'0c8c;
constexpr uint32_t kCapabilities1 = 0x0020'0f77;  // GCLK = 33 times the base clock
constexpr uint32_t kCapabilities1Mask = 0x00ff'ffff;
constexpr uint16_t kVersion = 0x1502;
constexpr uint16_t kNormalMask = 0x41ff, kErrorMask = 0x13ff;
constexpr uint8_t kForceCardDetect = 0x80, kRstn = 0x40;
constexpr auto kClockSettles = 2 * kMicrosecond;
constexpr auto kResetTakes = kMicrosecond / 2;
constexpr auto kCalibrationTakes = 3 * kMicrosecond;

constexpr uint32_t merge(uint32_t old, uint32_t value, uint32_t mask) {
  return (old & ~mask) | (value & mask);
}

/// One register of 1 or 2 bytes within a word: `lsb` is where it starts.
template <class Word>
void merge_part(Word& reg, unsigned lsb, uint32_t value, uint32_t mask, uint32_t writable = ~0u) {
  const auto part_mask = static_cast<uint32_t>(static_cast<Word>(mask >> lsb)) & writable;
  reg = static_cast<Word>(merge(reg, value >> lsb, part_mask));
}

}  // namespace

SdmmcModel::SdmmcModel(base::model::World& world, base::model::Bus& memory, base::model::Line& irq,
                       SdmmcClocks clocks, EmmcModel* card)
    : world_(world),
      memory_(memory),
      irq_(irq),
      clocks_(clocks),
      card_(card),
      command_event_([this] { command_done(); }),
      data_event_([this] { data_event(); }),
      timeout_event_([this] { timed_out(); }),
      clock_event_([this] { ccr_ |= Regs::Ccr::kInternalStable.kMask; }),
      reset_event_([this] { srr_ = 0; }),
      calibration_event_([this] { calcr_ = (calcr_ & ~1u) | 0x0707'0000; }),
      dma_event_([this] { continue_dma(); }) {
  if (card_) card_->on_released([this] { card_released(); });
  clocks_.base.on_change([this] { settle(); });
  clocks_.generated.on_change([this] { settle(); });
  reset();
}

SdmmcModel::~SdmmcModel() {
  for (auto* event : {&command_event_, &data_event_, &timeout_event_, &clock_event_, &reset_event_,
                      &calibration_event_, &dma_event_})
    world_.disarm(*event);
  if (card_) card_->on_released({});
}

void SdmmcModel::reset() {
  capabilities_writable_ = false;
  ca0r_ = kCapabilities0;
  ca1r_ = kCapabilities1;
  pvr_ = {};
  world_.disarm(reset_event_);
  srr_ = 0;
  software_reset(Regs::Srr::kAll.kMask);
}

void SdmmcModel::software_reset(uint32_t bits) {
  if (bits & (Regs::Srr::kAll.kMask | Regs::Srr::kCommandLine.kMask)) reset_command_line();
  if (bits & (Regs::Srr::kAll.kMask | Regs::Srr::kDataLine.kMask)) reset_data_line();
  if (!(bits & Regs::Srr::kAll.kMask)) return;
  world_.disarm(clock_event_);
  world_.disarm(calibration_event_);
  ssar_ = arg1r_ = asar_ = calcr_ = acr_ = 0;
  bsr_ = bcr_ = tmr_ = cr_ = ccr_ = nistr_ = eistr_ = nister_ = eister_ = nisier_ = eisier_ = 0;
  acesr_ = hc2r_ = 0;
  hc1r_ = pcr_ = bgcr_ = wcr_ = tcr_ = aesr_ = mc1r_ = cc2r_ = tuncr_ = 0;
  rr_ = {};
  update_irq();
}

void SdmmcModel::reset_command_line() {
  world_.disarm(command_event_);
  command_active_ = command_stalled_ = false;
  automatic_ = Automatic::kNone;
  nistr_ &= static_cast<uint16_t>(~Regs::Nistr::kCommandComplete.kMask);
  update_irq();
}

void SdmmcModel::reset_data_line() {
  world_.disarm(data_event_);
  world_.disarm(timeout_event_);
  world_.disarm(dma_event_);
  phase_ = Phase::kNone;
  data_stalled_ = dma_ending_ = false;
  constexpr uint32_t kCleared = Regs::Nistr::kTransferComplete.kMask |
                                Regs::Nistr::kBlockGap.kMask | Regs::Nistr::kDma.kMask |
                                Regs::Nistr::kBufferWriteReady.kMask |
                                Regs::Nistr::kBufferReadReady.kMask;
  nistr_ &= static_cast<uint16_t>(~kCleared);
  bgcr_ = 0;
  update_irq();
}

bool SdmmcModel::card_inserted() const {
  return card_detect_ || (mc1r_ & kForceCardDetect);
}

void SdmmcModel::set_card_detect(bool inserted) {
  const bool before = card_inserted();
  card_detect_ = inserted;
  note_insertion(before);
}

void SdmmcModel::note_insertion(bool before) {
  if (card_inserted() == before) return;
  if (before) {
    pcr_ &= 0xfe;
    ccr_ &= static_cast<uint16_t>(~Regs::Ccr::kCardClock.kMask);
  }
  raise(before ? Regs::Nistr::kCardRemoval.kMask : Regs::Nistr::kCardInsertion.kMask);
}

uint64_t SdmmcModel::card_clock_hz() const {
  constexpr uint32_t kRunning = Regs::Ccr::kInternalClock.kMask | Regs::Ccr::kInternalStable.kMask |
                                Regs::Ccr::kCardClock.kMask;
  if ((ccr_ & kRunning) != kRunning || (cc2r_ & 1) || !(pcr_ & 1)) return 0;
  const uint32_t divider = ccr_ >> 8 | (ccr_ & 0xc0) << 2;
  if (ccr_ & Regs::Ccr::kProgrammable.kMask) return clocks_.generated.hz() / (divider + 1);
  return divider == 0 ? clocks_.base.hz() : clocks_.base.hz() / (2 * divider);
}

void SdmmcModel::raise(uint32_t normal) {
  nistr_ |= static_cast<uint16_t>(normal & nister_);
  update_irq();
}

void SdmmcModel::raise_error(uint32_t errors) {
  eistr_ |= static_cast<uint16_t>(errors & eister_);
  update_irq();
}

void SdmmcModel::update_irq() {
  irq_.set((nistr_ & nisier_) || (eistr_ & eisier_));
}

uint32_t SdmmcModel::present_state() const {
  using Psr = Regs::Psr;
  base::mmio::Value<Psr> psr = Psr::kCardStable(true) | Psr::kCmdLevel(true);
  const bool inserted = card_inserted();
  const bool busy = card_ && card_->busy();
  const bool data_command = command_active_ && (cr_ & Regs::Cr::kData.kMask);
  psr = psr.with(Psr::kCommandInhibit, command_active_)
            .with(Psr::kDataInhibit, phase_ != Phase::kNone || data_command)
            .with(Psr::kDataActive, phase_ != Phase::kNone && phase_ != Phase::kFailed)
            .with(Psr::kReadActive, phase_ == Phase::kReadWait || phase_ == Phase::kReadDrain)
            .with(Psr::kWriteActive, phase_ == Phase::kWriteFill || phase_ == Phase::kWriteSend ||
                                         phase_ == Phase::kWriteBusy)
            .with(Psr::kBufferReadable, phase_ == Phase::kReadDrain && !dma_enabled())
            .with(Psr::kBufferWritable, phase_ == Phase::kWriteFill && !dma_enabled())
            .with(Psr::kCardInserted, inserted)
            .with(Psr::kCardDetectPin, card_detect_)
            .with(Psr::kWriteEnablePin, true)
            .with(Psr::kDatLevel, busy ? 0xeu : 0xfu);
  return psr.bits;
}

uint32_t SdmmcModel::read_word(uint32_t offset) const {
  switch (offset) {
    case 0x00:
      return ssar_;
    case 0x04:
      return bsr_ | uint32_t{bcr_} << 16;
    case 0x08:
      return arg1r_;
    case 0x0c:
      return tmr_ | uint32_t{cr_} << 16;
    case 0x10:
    case 0x14:
    case 0x18:
    case 0x1c:
      return rr_[(offset - 0x10) / 4];
    case 0x24:
      return present_state();
    case 0x28:
      return hc1r_ | pcr_ << 8 | bgcr_ << 16 | uint32_t{wcr_} << 24;
    case 0x2c:
      return ccr_ | tcr_ << 16 | uint32_t{srr_} << 24;
    case 0x30:
      return nistr_ | (eistr_ ? 0x8000u : 0) | uint32_t{eistr_} << 16;
    case 0x34:
      return nister_ | uint32_t{eister_} << 16;
    case 0x38:
      return nisier_ | uint32_t{eisier_} << 16;
    case 0x3c:
      return acesr_ | uint32_t{hc2r_} << 16;
    case 0x40:
      return ca0r_;
    case 0x44:
      return ca1r_;
    case 0x54:
      return aesr_;
    case 0x58:
      return asar_;
    case 0x60:
    case 0x64:
    case 0x68:
    case 0x6c:
      return pvr_[(offset - 0x60) / 2] | uint32_t{pvr_[(offset - 0x60) / 2 + 1]} << 16;
    case 0xfc:
      return (irq_.level() ? 1u : 0u) | uint32_t{kVersion} << 16;
    case 0x200:
      return 0xf;
    case 0x204:
      return mc1r_;
    case 0x208:
      return acr_;
    case 0x20c:
      return cc2r_;
    case 0x220:
      return tuncr_;
    case 0x230:
      return capabilities_writable_ ? 1 : 0;
    case 0x240:
      return calcr_;
    default:
      return 0;
  }
}

void SdmmcModel::write_word(uint32_t offset, uint32_t value, uint32_t mask) {
  switch (offset) {
    case 0x00:
      ssar_ = merge(ssar_, value, mask);
      if (mask >> 24 && dma_enabled() && !adma_selected()) continue_dma();
      break;
    case 0x04:
      if (phase_ != Phase::kNone) break;
      merge_part(bsr_, 0, value, mask, 0x73ff);
      merge_part(bcr_, 16, value, mask);
      break;
    case 0x08:
      arg1r_ = merge(arg1r_, value, mask);
      break;
    case 0x0c:
      if (phase_ == Phase::kNone) merge_part(tmr_, 0, value, mask, 0x3f);
      if (command_active_) break;
      merge_part(cr_, 16, value, mask, 0x3ffb);
      if (mask >> 24) issue();
      break;
    case 0x28:
      write_host_control(value, mask);
      break;
    case 0x2c:
      write_clock_and_reset(value, mask);
      break;
    case 0x30:
      nistr_ &= static_cast<uint16_t>(~(value & mask));
      eistr_ &= static_cast<uint16_t>(~((value & mask) >> 16));
      update_irq();
      break;
    case 0x34:
      merge_part(nister_, 0, value, mask, kNormalMask);
      merge_part(eister_, 16, value, mask, kErrorMask);
      nistr_ &= nister_;  // what is no longer enabled is no longer recorded
      eistr_ &= eister_;
      update_irq();
      break;
    case 0x38:
      merge_part(nisier_, 0, value, mask, kNormalMask);
      merge_part(eisier_, 16, value, mask, kErrorMask);
      update_irq();
      break;
    case 0x3c:
      merge_part(hc2r_, 16, value, mask, 0x40f7);
      break;
    case 0x40:
      if (capabilities_writable_) ca0r_ = merge(ca0r_, value, mask);
      break;
    case 0x44:
      if (capabilities_writable_) ca1r_ = merge(ca1r_, value, mask & kCapabilities1Mask);
      break;
    case 0x50:
      acesr_ |= static_cast<uint16_t>(value & mask & 0x9f);
      raise_error((value & mask) >> 16 & kErrorMask);
      break;
    case 0x58:
      asar_ = merge(asar_, value, mask);
      break;
    case 0x60:
    case 0x64:
    case 0x68:
    case 0x6c:
      merge_part(pvr_[(offset - 0x60) / 2], 0, value, mask, 0xc7ff);
      merge_part(pvr_[(offset - 0x60) / 2 + 1], 16, value, mask, 0xc7ff);
      break;
    default:
      write_extra(offset, value, mask);
  }
}

void SdmmcModel::write_host_control(uint32_t value, uint32_t mask) {
  merge_part(hc1r_, 0, value, mask);
  merge_part(pcr_, 8, value, mask, 0x0f);
  if (!card_inserted()) pcr_ &= 0xfe;
  merge_part(bgcr_, 16, value, mask, 0x0f);
  merge_part(wcr_, 24, value, mask, 0x07);
}

void SdmmcModel::write_clock_and_reset(uint32_t value, uint32_t mask) {
  using Ccr = Regs::Ccr;
  const uint32_t stable = ccr_ & Ccr::kInternalStable.kMask;
  const uint16_t before = ccr_;
  merge_part(ccr_, 0, value, mask, 0xffe5);
  if (before & ccr_ & Ccr::kCardClock.kMask)  // a running card clock keeps its divider
    ccr_ = static_cast<uint16_t>((ccr_ & 0x1f) | (before & 0xffe0));
  ccr_ = static_cast<uint16_t>(ccr_ | stable);
  if (!(ccr_ & Ccr::kInternalClock.kMask)) {
    world_.disarm(clock_event_);
    ccr_ &= static_cast<uint16_t>(~Ccr::kInternalStable.kMask);
  } else if (!stable && !clock_event_.armed()) {
    world_.arm(clock_event_, world_.now() + kClockSettles);
  }
  merge_part(tcr_, 16, value, mask, 0x0f);
  const uint32_t resets = (value & mask) >> 24 & 7;
  if (resets) {
    software_reset(resets);
    srr_ |= static_cast<uint8_t>(resets);
    world_.arm(reset_event_, world_.now() + kResetTakes);
  }
}

void SdmmcModel::write_extra(uint32_t offset, uint32_t value, uint32_t mask) {
  switch (offset) {
    case 0x204: {
      const bool inserted = card_inserted();
      const bool was_reset = mc1r_ & kRstn;
      merge_part(mc1r_, 0, value, mask, 0xfb);
      if (card_ && !was_reset && (mc1r_ & kRstn)) card_->hardware_reset();
      note_insertion(inserted);
      break;
    }
    case 0x208:
      acr_ = merge(acr_, value, mask & 0x33);
      break;
    case 0x20c:
      merge_part(cc2r_, 0, value, mask, 1);
      break;
    case 0x220:
      merge_part(tuncr_, 0, value, mask, 1);
      break;
    case 0x230:
      if ((value & mask & 0xff00) == Regs::Cacr::kPassword << 8)
        capabilities_writable_ = value & 1;
      else if (!(value & mask & 0xff00))
        capabilities_writable_ = false;
      break;
    case 0x240:
      calcr_ = merge(calcr_, value, mask & 0xff31);
      if (calcr_ & 1) world_.arm(calibration_event_, world_.now() + kCalibrationTakes);
      break;
    default:
      break;
  }
}

void SdmmcModel::settle() {
  if (card_clock_hz() == 0) return;
  if (command_stalled_) start_command();
  if (data_stalled_) arm_block();
}

uint32_t SdmmcModel::load(uint32_t offset, unsigned width) {
  if (clocks_.bus.hz() == 0 || offset >= 0x300) return 0;
  settle();
  const uint32_t aligned = offset & ~3u;
  if (aligned == Regs::Bdpr::kOffset) return read_port(width);
  const uint32_t word = read_word(aligned) >> 8 * (offset & 3);
  return width == 4 ? word : word & ((1u << 8 * width) - 1);
}

void SdmmcModel::store(uint32_t offset, uint32_t value, unsigned width) {
  if (clocks_.bus.hz() == 0 || offset >= 0x300) return;
  settle();
  const uint32_t aligned = offset & ~3u;
  if (aligned == Regs::Bdpr::kOffset) return write_port(value, width);
  const unsigned lsb = 8 * (offset & 3);
  const uint32_t lanes = width == 4 ? ~0u : (1u << 8 * width) - 1;
  write_word(aligned, (value & lanes) << lsb, lanes << lsb);
}

}  // namespace drivers::sdmmc
