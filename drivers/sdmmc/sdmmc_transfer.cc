// Commands and data blocks on the bus.
#include <algorithm>

#include "drivers/sdmmc/sdmmc_model.h"
#include "drivers/sdmmc/sdmmc_regs.h"

namespace drivers::sdmmc {
namespace {

using Eistr = Regs::Eistr;
using Nistr = Regs::Nistr;

constexpr uint32_t kAutoStop = 1, kAutoSetBlockCount = 2;
// Clocks on CMD: the command, the card's turn-around, the answer, the gap behind.
constexpr uint64_t kShortClocks = 48 + 8 + 48 + 8, kLongClocks = 48 + 8 + 136 + 8;
constexpr uint64_t kDataOverhead = 2 + 16 + 8;  // start and end bit, CRC, gap or CRC status

constexpr uint8_t index_of(uint16_t cr) {
  return cr >> 8 & 0x3f;
}
constexpr unsigned response_of(uint16_t cr) {
  return cr & 3;
}

}  // namespace

EmmcModel::Bus SdmmcModel::bus() const {
  const unsigned width = hc1r_ & Regs::Hc1r::kEightBits.kMask  ? 8
                         : hc1r_ & Regs::Hc1r::kFourBits.kMask ? 4
                                                               : 1;
  return {.hz = card_clock_hz(), .width = width};
}

uint32_t SdmmcModel::block_size() const {
  return std::clamp<uint32_t>(bsr_ & 0x3ff, 1, 512);
}

// --- commands
// -------------------------------------------------------------------------------------

void SdmmcModel::issue() {
  const bool needs_data_line =
      (cr_ & Regs::Cr::kData.kMask) ||
      (response_of(cr_) == Regs::Cr::kShortBusy && (cr_ >> 6 & 3) != Regs::Cr::kAbort);
  if (needs_data_line && phase_ != Phase::kNone) return;
  command_active_ = true;
  const bool counted = (cr_ & Regs::Cr::kData.kMask) && (tmr_ >> 2 & 3) == kAutoSetBlockCount;
  automatic_ = counted ? Automatic::kSetBlockCount : Automatic::kNone;
  start_command();
}

void SdmmcModel::start_command() {
  const uint64_t hz = card_clock_hz();
  command_stalled_ = hz == 0;
  if (command_stalled_) return;
  const bool is_long = automatic_ == Automatic::kNone && response_of(cr_) == Regs::Cr::kLong;
  const uint64_t clocks = is_long ? kLongClocks : kShortClocks;
  world_.arm(command_event_, world_.now() + base::model::cycles_to_time(clocks, hz));
}

/// The bits of EISTR that an answer deserves.
uint32_t SdmmcModel::response_errors(const EmmcModel::Response& response, unsigned type,
                                     uint8_t index) const {
  using Kind = EmmcModel::Response::Kind;
  if (response.kind == Kind::kNone) return Eistr::kCommandTimeout.kMask;
  if ((response.kind == Kind::kLong) != (type == Regs::Cr::kLong))
    return Eistr::kCommandEndBit.kMask | Eistr::kCommandCrc.kMask;
  const bool automatic = automatic_ != Automatic::kNone;
  const bool check_crc = automatic || (cr_ & Regs::Cr::kCheckCrc.kMask);
  const bool check_index = automatic || (cr_ & Regs::Cr::kCheckIndex.kMask);
  if (check_crc && (response.damaged || !response.checked)) return Eistr::kCommandCrc.kMask;
  if (check_index && response.index != index) return Eistr::kCommandIndex.kMask;
  return 0;
}

uint8_t SdmmcModel::automatic_index() const {
  if (automatic_ == Automatic::kStop) return mmc::kStopTransmission;
  return mmc::kSetBlockCount;
}

void SdmmcModel::automatic_done(const EmmcModel::Response& response) {
  const bool stop = automatic_ == Automatic::kStop;
  const uint8_t index = automatic_index();
  const uint32_t errors = response_errors(response, Regs::Cr::kShort, index);
  automatic_ = Automatic::kNone;
  if (errors) {
    acesr_ = static_cast<uint16_t>(errors << 1 & 0x1e);  // the same order, one bit up
    command_active_ = false;
    if (stop) data_failed(0);
    raise_error(Eistr::kAutoCommand.kMask);
    return;
  }
  rr_[3] = response.words[0];
  if (!stop) return start_command();
  command_active_ = false;
  wait_for_card();
}

void SdmmcModel::command_done() {
  const uint8_t index = automatic_ == Automatic::kNone ? index_of(cr_) : automatic_index();
  const uint32_t argument = automatic_ == Automatic::kStop            ? 0
                            : automatic_ == Automatic::kSetBlockCount ? ssar_
                                                                      : arg1r_;
  const EmmcModel::Response response =
      card_ ? card_->command(index, argument, bus()) : EmmcModel::Response{};
  if (automatic_ != Automatic::kNone) return automatic_done(response);

  command_active_ = false;
  const unsigned type = response_of(cr_);
  if (type != Regs::Cr::kNoResponse) {
    if (const uint32_t errors = response_errors(response, type, index)) return raise_error(errors);
    if (type == Regs::Cr::kLong) {
      for (unsigned i = 0; i < 4; ++i)
        rr_[i] = response.words[i] >> 8 | (i < 3 ? response.words[i + 1] << 24 : 0);
    } else {
      rr_[0] = response.words[0];
    }
  }
  raise(Nistr::kCommandComplete.kMask);
  if ((cr_ >> 6 & 3) == Regs::Cr::kAbort) reset_data_line();
  if (cr_ & Regs::Cr::kData.kMask)
    start_data();
  else if (type == Regs::Cr::kShortBusy)
    wait_for_card();
}

// --- data
// -----------------------------------------------------------------------------------------

void SdmmcModel::arm_block(base::model::Time extra) {
  const EmmcModel::Bus lines = bus();
  data_stalled_ = lines.hz == 0;
  if (data_stalled_) return;
  const uint64_t clocks = block_.size() * 8 / lines.width + kDataOverhead;
  world_.arm(data_event_, world_.now() + extra + base::model::cycles_to_time(clocks, lines.hz));
}

void SdmmcModel::arm_timeout() {
  const uint64_t units = ca0r_ & 0x3f;
  const uint64_t hz = units * (ca0r_ & 0x80 ? 1'000'000 : 1'000);
  if (hz == 0) return world_.disarm(timeout_event_);
  world_.arm(timeout_event_,
             world_.now() + base::model::cycles_to_time(uint64_t{1} << (13 + tcr_), hz));
}

void SdmmcModel::start_data() {
  reading_ = tmr_ & Regs::Tmr::kRead.kMask;
  block_.assign(block_size(), std::byte{0});
  block_at_ = 0;
  start_dma();
  const bool counted =
      (tmr_ & Regs::Tmr::kMultiBlock.kMask) && (tmr_ & Regs::Tmr::kBlockCountEnable.kMask);
  if (counted && bcr_ == 0) return finish_transfer();
  if (!reading_) return begin_fill();
  phase_ = Phase::kReadWait;
  arm_timeout();
  arm_block(card_ ? card_->read_access() : 0);
}

void SdmmcModel::data_event() {
  if (phase_ == Phase::kReadWait) block_arrived();
  if (phase_ == Phase::kWriteSend) block_sent();
}

void SdmmcModel::block_arrived() {
  const auto outcome = card_ ? card_->read_block(block_, bus()) : EmmcModel::Block::kNothing;
  if (outcome == EmmcModel::Block::kNothing) return;  // the timeout will tell
  if (outcome == EmmcModel::Block::kBadCrc) return data_failed(Eistr::kDataCrc.kMask);
  world_.disarm(timeout_event_);
  phase_ = Phase::kReadDrain;
  block_at_ = 0;
  if (dma_enabled()) return moved(move());
  raise(Nistr::kBufferReadReady.kMask);
}

void SdmmcModel::begin_fill() {
  phase_ = Phase::kWriteFill;
  block_at_ = 0;
  if (dma_enabled()) return moved(move());
  raise(Nistr::kBufferWriteReady.kMask);
}

void SdmmcModel::send_block() {
  phase_ = Phase::kWriteSend;
  arm_timeout();
  arm_block();
}

void SdmmcModel::block_sent() {
  const auto outcome = card_ ? card_->write_block(block_, bus()) : EmmcModel::Block::kNothing;
  if (outcome == EmmcModel::Block::kNothing) return;
  if (outcome == EmmcModel::Block::kBadCrc) return data_failed(Eistr::kDataCrc.kMask);
  if (!card_->busy()) return next_block();
  phase_ = Phase::kWriteBusy;
  arm_timeout();
}

void SdmmcModel::next_block() {
  world_.disarm(timeout_event_);
  const bool multi = tmr_ & Regs::Tmr::kMultiBlock.kMask;
  const bool counted = tmr_ & Regs::Tmr::kBlockCountEnable.kMask;
  if (multi && counted) --bcr_;
  if (!multi || (counted && bcr_ == 0)) return finish_transfer();
  if (!reading_) return begin_fill();
  phase_ = Phase::kReadWait;
  arm_timeout();
  arm_block();
}

void SdmmcModel::finish_transfer() {
  if (dma_enabled() && adma_selected()) {
    phase_ = reading_ ? Phase::kReadDrain : Phase::kWriteFill;
    dma_ending_ = true;
    return moved(end_adma());
  }
  end_transfer();
}

void SdmmcModel::end_transfer() {
  if ((tmr_ >> 2 & 3) == kAutoStop && (tmr_ & Regs::Tmr::kMultiBlock.kMask)) {
    if (command_active_) {
      acesr_ = Regs::Acesr::kNotExecuted.kMask;
      return data_failed(Eistr::kAutoCommand.kMask);
    }
    phase_ = Phase::kBusy;
    command_active_ = true;
    automatic_ = Automatic::kStop;
    return start_command();
  }
  transfer_complete();
}

void SdmmcModel::wait_for_card() {
  if (!card_ || !card_->busy()) return transfer_complete();
  phase_ = Phase::kBusy;
  arm_timeout();
}

void SdmmcModel::transfer_complete() {
  world_.disarm(timeout_event_);
  phase_ = Phase::kNone;
  raise(Nistr::kTransferComplete.kMask);
}

void SdmmcModel::data_failed(uint32_t errors) {
  world_.disarm(timeout_event_);
  world_.disarm(data_event_);
  world_.disarm(dma_event_);
  data_stalled_ = dma_ending_ = false;
  phase_ = Phase::kFailed;
  raise_error(errors);
}

void SdmmcModel::timed_out() {
  data_failed(Eistr::kDataTimeout.kMask);
}

void SdmmcModel::card_released() {
  if (phase_ == Phase::kWriteBusy) return next_block();
  if (phase_ == Phase::kBusy && automatic_ == Automatic::kNone) transfer_complete();
}

// --- the processor's end of the buffer
// --------------------------------------------------------------

uint32_t SdmmcModel::read_port(unsigned width) {
  if (phase_ != Phase::kReadDrain || dma_enabled()) return 0;
  uint32_t value = 0;
  for (unsigned i = 0; i < width && block_at_ < block_.size(); ++i)
    value |= std::to_integer<uint32_t>(block_[block_at_++]) << 8 * i;
  if (block_at_ == block_.size()) next_block();
  return value;
}

void SdmmcModel::write_port(uint32_t value, unsigned width) {
  if (phase_ != Phase::kWriteFill || dma_enabled()) return;
  for (unsigned i = 0; i < width && block_at_ < block_.size(); ++i)
    block_[block_at_++] = static_cast<std::byte>(value >> 8 * i);
  if (block_at_ == block_.size()) send_block();
}

}  // namespace drivers::sdmmc
