#include "drivers/sdmmc/emmc.h"

#include <algorithm>
#include <array>

#include "base/modules.h"

namespace drivers::sdmmc {
namespace {

using namespace std::chrono_literals;
using Reply = Sdmmc::Reply;
using mmc::State;

constexpr uint8_t kModule = base::module_number("drivers/sdmmc/emmc.cc");

constexpr uint32_t kIdentificationHz = 400'000;
constexpr uint32_t kDefaultHz = 26'000'000;
constexpr uint32_t kRca = 1;
constexpr auto kPowerUpLimit = 1s;  // JESD84: CMD1 may report busy for so long
constexpr auto kSettleTime = 1ms;   // supply stable until the first command
constexpr auto kReadLimit = 300ms;  // per command, however long
constexpr auto kWriteLimit = 1s;    // per command of up to kMaxChunk blocks
constexpr auto kSwitchLimit = 500ms;
constexpr auto kTrimLimitPerGroup = 300ms;
constexpr uint32_t kMaxChunk = 2048;  // blocks a command, so that its limit means something
constexpr uint32_t kTrimGroup = 1024, kTrimChunk = 32 * kTrimGroup;

constexpr uint8_t byte_at(std::span<const std::byte> bytes, size_t index) {
  return std::to_integer<uint8_t>(bytes[index]);
}

}  // namespace

base::Result<void> Emmc::start() {
  started_ = false;
  partition_ = Partition::kUser;
  TRY(host_.start());
  TRY(identify());
  TRY(speed_up());
  started_ = true;
  return {};
}

base::Result<void> Emmc::identify() {
  host_.set_width(Sdmmc::Width::kOne);
  host_.set_high_speed(false);
  host_.set_open_drain(true);
  TRY(host_.set_clock(kIdentificationHz));
  (void)base::wait_until(clock_, kSettleTime, [] { return false; });
  TRY(host_.command({.index = mmc::kGoIdle, .reply = Reply::kNone}));

  uint32_t ocr = 0;
  bool answered = true;
  const bool ready = base::wait_until(clock_, kPowerUpLimit, [&] {
    auto reply = host_.command({.index = mmc::kSendOpCond,
                                .argument = mmc::kOcrSectorMode | mmc::kOcrVoltages,
                                .reply = Reply::kR3});
    answered = reply.has_value();
    if (!answered) return true;
    ocr = (*reply)[0];
    return (ocr & mmc::kOcrReady) != 0;
  });
  if (!answered) return FAIL(kNotFound);
  if (!ready) return FAIL(kTimeout);
  if (!(ocr & mmc::kOcrSectorMode)) return FAIL(kInvalid);

  TRY(host_.command({.index = mmc::kAllSendCid, .reply = Reply::kR2}));
  TRY(host_.command({.index = mmc::kSetRelativeAddress, .argument = kRca << 16}));
  host_.set_open_drain(false);
  TRY(host_.set_clock(std::min(kDefaultHz, options_.max_hz)));
  const auto csd =
      TRY(host_.command({.index = mmc::kSendCsd, .argument = kRca << 16, .reply = Reply::kR2}));
  const uint32_t specification = csd[3] >> 18 & 0xf;  // bits 125:122, seen 8 bits down
  if (specification < 4) return FAIL(kInvalid);
  TRY(host_.command({.index = mmc::kSelect, .argument = kRca << 16, .reply = Reply::kR1b}));
  return {};
}

base::Result<void> Emmc::read_ext_csd(std::span<std::byte> out) {
  TRY(host_.read({.index = mmc::kSendExtCsd, .limit = kReadLimit}, out));
  return {};
}

base::Result<void> Emmc::speed_up() {
  std::array<std::byte, mmc::kBlockSize> ext_csd;
  TRY(read_ext_csd(ext_csd));
  info_ = {.revision = byte_at(ext_csd, mmc::kRevision),
           .trim = (byte_at(ext_csd, mmc::kSecureFeatures) & mmc::kSecureFeatureTrim) != 0,
           .end_of_life = byte_at(ext_csd, mmc::kPreEndOfLife)};
  for (unsigned i = 0; i < 4; ++i)
    info_.blocks |= uint32_t{byte_at(ext_csd, mmc::kSectorCount + i)} << 8 * i;
  info_.boot_blocks = byte_at(ext_csd, mmc::kBootSizeMult) * (128 * 1024 / mmc::kBlockSize);
  boot_config_ = byte_at(ext_csd, mmc::kPartitionConfig) & 0xf8;
  if (info_.blocks == 0) return FAIL(kInvalid);

  if (options_.max_hz > kDefaultHz && (byte_at(ext_csd, mmc::kDeviceType) & mmc::kDeviceType52)) {
    TRY(switch_byte(mmc::kHsTiming, 1));
    host_.set_high_speed(true);
    TRY(host_.set_clock(std::min<uint32_t>(options_.max_hz, 52'000'000)));
  }
  if (options_.width != Sdmmc::Width::kOne) {
    TRY(switch_byte(mmc::kBusWidth, options_.width == Sdmmc::Width::kEight ? 2 : 1));
    host_.set_width(options_.width);
  }
  TRY(host_.command({.index = mmc::kSetBlockLength, .argument = mmc::kBlockSize}));
  // The same bytes must come over all lines at full speed: a broken line shows here.
  std::array<std::byte, mmc::kBlockSize> again;
  TRY(read_ext_csd(again));
  if (!std::ranges::equal(std::span(ext_csd).subspan(mmc::kRevision),
                          std::span(again).subspan(mmc::kRevision)))
    return FAIL(kDataLoss);
  return {};
}

base::Result<uint32_t> Emmc::status() {
  const auto reply = TRY(host_.command({.index = mmc::kSendStatus, .argument = kRca << 16}));
  return uint32_t{reply[0]};
}

/// Brings the card back to transfer state and reports what it complains of.
base::Result<void> Emmc::settle() {
  uint32_t complaints = 0;
  base::Error silence;
  bool stopped = false;
  const bool idle = base::wait_until(clock_, kWriteLimit, [&] {
    auto now = status();
    if (!now) {
      silence = now.error();
      return true;
    }
    complaints |= *now & mmc::kStatusErrors;
    const State state = mmc::state_of(*now);
    if ((state == State::kData || state == State::kReceive) && !stopped) {
      stopped = true;
      const Reply reply = state == State::kData ? Reply::kR1 : Reply::kR1b;
      auto stop =
          host_.command({.index = mmc::kStopTransmission, .reply = reply, .limit = kWriteLimit});
      if (stop) complaints |= (*stop)[0] & mmc::kStatusErrors;
      return false;
    }
    if (state == State::kTransfer && (*now & mmc::kReadyForData)) return true;
    (void)host_.wait_released(kWriteLimit);  // a timeout shows in the status that follows
    return false;
  });
  if (silence.word != 0) return silence;
  if (complaints & (mmc::kWriteProtectViolation | mmc::kDeviceLocked)) return FAIL(kDenied);
  if (complaints & (mmc::kAddressOutOfRange | mmc::kAddressMisaligned | mmc::kEraseParameter))
    return FAIL(kInvalid);
  if (complaints & mmc::kEccFailed) return FAIL(kDataLoss);
  if (complaints & (mmc::kError | mmc::kControllerError)) return FAIL(kDataLoss);
  if (complaints & mmc::kSwitchError) return FAIL(kInvalid);
  if (complaints & mmc::kEraseSkip) return FAIL(kDenied);
  if (complaints) return FAIL(kInternal);
  if (!idle) return FAIL(kTimeout);
  return {};
}

/// The card's own account of a failure says more than the controller's.
base::Result<void> Emmc::conclude(base::Result<Sdmmc::Response> outcome) {
  const bool refused = outcome && ((*outcome)[0] & mmc::kStatusErrors);
  if (refused) {
    const uint32_t bits = (*outcome)[0];
    (void)settle();
    if (bits & mmc::kAddressOutOfRange) return FAIL(kInvalid);
    if (bits & mmc::kWriteProtectViolation) return FAIL(kDenied);
    return FAIL(kInternal);
  }
  TRY(settle());
  if (!outcome) return outcome.error();
  return {};
}

base::Result<void> Emmc::switch_byte(uint8_t index, uint8_t value) {
  TRY(host_.command({.index = mmc::kSwitch,
                     .argument = mmc::switch_argument(index, value),
                     .reply = Reply::kR1b,
                     .limit = kSwitchLimit}));
  const uint32_t after = TRY(status());
  if (after & mmc::kSwitchError) return FAIL(kInvalid);
  return {};
}

base::Result<void> Emmc::check_range(uint32_t block, uint64_t count) const {
  if (!started_) return FAIL(kNotFound);
  const uint32_t blocks = partition_ == Partition::kUser ? info_.blocks : info_.boot_blocks;
  if (count == 0 || block >= blocks || count > blocks - block) return FAIL(kInvalid);
  return {};
}

base::Result<void> Emmc::set_count(uint32_t count) {
  TRY(host_.command({.index = mmc::kSetBlockCount, .argument = count}));
  return {};
}

base::Result<void> Emmc::read(uint32_t block, std::span<std::byte> out) {
  if (out.size() % mmc::kBlockSize != 0) return FAIL(kInvalid);
  TRY(check_range(block, out.size() / mmc::kBlockSize));
  while (!out.empty()) {
    const auto piece = out.first(std::min<size_t>(out.size(), kMaxChunk * mmc::kBlockSize));
    const auto count = static_cast<uint32_t>(piece.size() / mmc::kBlockSize);
    if (count > 1) TRY(set_count(count));
    const uint8_t index = count > 1 ? mmc::kReadMultiple : mmc::kReadSingle;
    TRY(conclude(host_.read({.index = index, .argument = block, .limit = kReadLimit}, piece)));
    block += count;
    out = out.subspan(piece.size());
  }
  return {};
}

base::Result<void> Emmc::write(uint32_t block, std::span<const std::byte> in) {
  if (in.size() % mmc::kBlockSize != 0) return FAIL(kInvalid);
  TRY(check_range(block, in.size() / mmc::kBlockSize));
  while (!in.empty()) {
    const auto piece = in.first(std::min<size_t>(in.size(), kMaxChunk * mmc::kBlockSize));
    const auto count = static_cast<uint32_t>(piece.size() / mmc::kBlockSize);
    if (count > 1) TRY(set_count(count));
    const uint8_t index = count > 1 ? mmc::kWriteMultiple : mmc::kWriteSingle;
    TRY(conclude(host_.write({.index = index, .argument = block, .limit = kWriteLimit}, piece)));
    block += count;
    in = in.subspan(piece.size());
  }
  return {};
}

base::Result<void> Emmc::move_dma(Way way, uint32_t block, uint32_t address, uint32_t count) {
  TRY(check_range(block, count));
  const uint64_t capacity =
      table_.descriptors.size() * uint64_t{Descriptor::kMaxLength} / mmc::kBlockSize;
  if (capacity == 0) return FAIL(kNoMemory);
  const bool in = way == Way::kIn;
  while (count > 0) {
    const auto piece = static_cast<uint32_t>(std::min<uint64_t>({count, kMaxChunk, capacity}));
    if (piece > 1) TRY(set_count(piece));
    const uint8_t index = piece > 1 ? (in ? mmc::kReadMultiple : mmc::kWriteMultiple)
                                    : (in ? mmc::kReadSingle : mmc::kWriteSingle);
    TRY(conclude(host_.transfer(
        {.index = index, .argument = block, .limit = in ? kReadLimit : kWriteLimit},
        in ? Sdmmc::Direction::kRead : Sdmmc::Direction::kWrite, address, piece, table_)));
    block += piece;
    address += piece * mmc::kBlockSize;
    count -= piece;
  }
  return {};
}

base::Result<void> Emmc::read_dma(uint32_t block, uint32_t address, uint32_t count) {
  return move_dma(Way::kIn, block, address, count);
}

base::Result<void> Emmc::write_dma(uint32_t block, uint32_t address, uint32_t count) {
  return move_dma(Way::kOut, block, address, count);
}

base::Result<void> Emmc::erase(uint32_t block, uint32_t count) {
  TRY(check_range(block, count));
  if (!info_.trim) return FAIL(kInvalid);
  while (count > 0) {
    const uint32_t piece = std::min(count, kTrimChunk);
    TRY(host_.command({.index = mmc::kEraseGroupStart, .argument = block}));
    TRY(host_.command({.index = mmc::kEraseGroupEnd, .argument = block + piece - 1}));
    const auto limit = kTrimLimitPerGroup * (piece / kTrimGroup + 2);
    TRY(conclude(host_.command({.index = mmc::kErase,
                                .argument = mmc::kEraseTrim,
                                .reply = Reply::kR1b,
                                .limit = limit})));
    block += piece;
    count -= piece;
  }
  return {};
}

base::Result<void> Emmc::select(Partition partition) {
  if (!started_) return FAIL(kNotFound);
  if (partition != Partition::kUser && info_.boot_blocks == 0) return FAIL(kInvalid);
  TRY(switch_byte(mmc::kPartitionConfig,
                  static_cast<uint8_t>(boot_config_ | static_cast<uint8_t>(partition))));
  partition_ = partition;
  return {};
}

}  // namespace drivers::sdmmc
