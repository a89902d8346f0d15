#include "drivers/sdmmc/emmc_model.h"

#include <algorithm>
#include <utility>

namespace drivers::sdmmc {

using base::model::kNever;
using mmc::State;
using Response = EmmcModel::Response;

namespace {

constexpr uint64_t kIdentificationHz = 400'000;
constexpr uint64_t kDefaultHz = 26'000'000, kHighSpeedHz = 52'000'000;
constexpr uint32_t kEraseGroupSectors = 1024;  // 512 KiB, also of the high-capacity definition

uint16_t rca_of(uint32_t argument) {
  return static_cast<uint16_t>(argument >> 16);
}

}  // namespace

EmmcModel::EmmcModel(base::model::World& world, Storage& user, std::array<Storage*, 2> boot,
                     EmmcConfig config)
    : world_(world),
      user_(user),
      boot_(boot),
      config_(config),
      sectors_(static_cast<uint32_t>(user.size() / mmc::kBlockSize)),
      program_event_([this] { program_one(); }),
      busy_event_([this] { on_busy_event(); }) {
  base::require(user.size() % mmc::kBlockSize == 0 && sectors_ > 0);
  base::require(!boot[0] == !boot[1] && (!boot[0] || boot[0]->size() == boot[1]->size()));
  build_cid();
  build_csd();
  build_ext_csd();
}

EmmcModel::~EmmcModel() {
  world_.disarm(program_event_);
  world_.disarm(busy_event_);
}

void EmmcModel::set_power(bool on) {
  if (on == powered_) return;
  powered_ = on;
  buffer_.clear();
  erasing_ = false;
  enter_idle();
}

void EmmcModel::hardware_reset() {
  if (!powered_ || (ext_csd_[mmc::kRstFunction] & 3) != 1) return;
  flush();
  enter_idle();
}

/// CMD0 and reset end a program operation between blocks; what was received is still programmed.
void EmmcModel::flush() {
  world_.disarm(program_event_);
  while (!buffer_.empty()) program_front();
}

void EmmcModel::enter_idle() {
  world_.disarm(program_event_);
  world_.disarm(busy_event_);
  const bool was_busy = std::exchange(busy_, false);
  state_ = State::kIdle;
  status_ = 0;
  rca_ = 1;
  ready_at_ = kNever;
  width_ = 1;
  high_speed_ = false;
  block_count_set_ = false;
  erase_start_set_ = erase_end_set_ = erasing_ = false;
  draining_ = false;
  write_failed_ = false;
  ext_csd_[mmc::kBusWidth] = 0;
  ext_csd_[mmc::kHsTiming] = 0;
  ext_csd_[mmc::kEraseGroupDef] = 0;
  ext_csd_[mmc::kPartitionConfig] &= static_cast<uint8_t>(~7u);
  if (was_busy && released_) released_();
}

Storage& EmmcModel::storage(Partition partition) {
  return partition == Partition::kUser ? user_ : *boot_[static_cast<size_t>(partition) - 1];
}

uint64_t EmmcModel::sectors_of(Partition partition) {
  return storage(partition).size() / mmc::kBlockSize;
}

bool EmmcModel::bus_matches(Bus bus) const {
  return bus.width == width_ && bus.hz <= (high_speed_ ? kHighSpeedHz : kDefaultHz);
}

void EmmcModel::report(const Storage::Outcome& outcome) {
  if (outcome) return;
  status_ |= mmc::kError;
  if (storage_failure_) storage_failure_(outcome.error());
}

// --- commands
// -------------------------------------------------------------------------------------

Response EmmcModel::r1(uint8_t index) {
  const uint32_t status = status_ | static_cast<uint32_t>(state_) << 9 |
                          (busy_ ? 0 : static_cast<uint32_t>(mmc::kReadyForData));
  status_ = 0;  // every error bit we have is cleared by being reported
  return {.kind = Response::Kind::kShort, .index = index, .words = {status}};
}

Response EmmcModel::r2(const std::array<uint32_t, 4>& words) const {
  return {.kind = Response::Kind::kLong, .index = 0x3f, .words = words};
}

Response EmmcModel::illegal() {
  status_ |= mmc::kIllegalCommand;
  return {};
}

Response EmmcModel::command(uint8_t index, uint32_t argument, Bus bus) {
  if (!powered_ || faults.dead || state_ == State::kInactive) return {};
  if (faults.lost_responses > 0) {
    --faults.lost_responses;
    return {};
  }
  const bool identifying =
      state_ == State::kIdle || state_ == State::kReady || state_ == State::kIdentification;
  if (identifying && bus.hz > kIdentificationHz) return {};  // open drain: no faster
  // Programming damages can only be told of when they happen, so take them in first.
  Response response = dispatch(index, argument);
  if (index != mmc::kSetBlockCount) block_count_set_ = false;
  if (response.kind != Response::Kind::kNone && faults.bad_responses > 0) {
    --faults.bad_responses;
    response.damaged = true;
  }
  return response;
}

Response EmmcModel::dispatch(uint8_t index, uint32_t argument) {
  const bool erase_sequence = index == mmc::kEraseGroupStart || index == mmc::kEraseGroupEnd ||
                              index == mmc::kErase || index == mmc::kSendStatus;
  if (!erase_sequence && (erase_start_set_ || erase_end_set_)) {
    erase_start_set_ = erase_end_set_ = false;
    status_ |= mmc::kEraseReset;
  }
  const bool mine = rca_of(argument) == rca_;
  const bool transfer = state_ == State::kTransfer;
  switch (index) {
    case mmc::kGoIdle:
      if (argument != 0 && argument != 0xf0f0'f0f0) return {};  // boot operation: not offered
      flush();
      enter_idle();
      return {};
    case mmc::kSendOpCond:
      return state_ == State::kIdle ? operating_conditions(argument) : illegal();
    case mmc::kAllSendCid:
      if (state_ != State::kReady) return illegal();
      state_ = State::kIdentification;
      return r2(cid_);
    case mmc::kSetRelativeAddress: {
      if (state_ != State::kIdentification) return illegal();
      const Response response = r1(index);
      rca_ = rca_of(argument);
      state_ = State::kStandby;
      return response;
    }
    case mmc::kSetDsr:
      return state_ == State::kStandby ? Response{} : illegal();
    case mmc::kSleepAwake:
      return sleep_awake(argument);
    case mmc::kSwitch:
      return transfer ? switch_function(argument) : illegal();
    case mmc::kSelect:
      return select(argument);
    case mmc::kSendExtCsd:
    case mmc::kReadSingle:
    case mmc::kReadMultiple:
      return transfer ? start_read(index, argument) : illegal();
    case mmc::kSendCsd:
    case mmc::kSendCid:
      if (!mine) return {};
      if (state_ != State::kStandby) return illegal();
      build_csd();
      return r2(index == mmc::kSendCsd ? csd_ : cid_);
    case mmc::kStopTransmission:
      return stop();
    case mmc::kSendStatus:
      if (!mine) return {};
      if (state_ < State::kStandby || state_ == State::kSleep) return illegal();
      return r1(index);
    case mmc::kGoInactive:
      if (!mine) return {};
      if (state_ < State::kStandby || state_ == State::kSleep) return illegal();
      state_ = State::kInactive;
      return {};
    case mmc::kSetBlockLength:
      if (!transfer) return illegal();
      if (argument != mmc::kBlockSize) status_ |= mmc::kBlockLengthError;
      return r1(index);
    case mmc::kSetBlockCount:
      if (!transfer) return illegal();
      block_count_ = argument & 0xffff;
      block_count_set_ = true;
      return r1(index);
    case mmc::kWriteSingle:
    case mmc::kWriteMultiple:
      return transfer ? start_write(index, argument) : illegal();
    case mmc::kEraseGroupStart:
    case mmc::kEraseGroupEnd:
      return transfer ? erase_bound(index, argument) : illegal();
    case mmc::kErase:
      return transfer ? erase(argument) : illegal();
    default:
      return illegal();
  }
}

Response EmmcModel::operating_conditions(uint32_t argument) {
  const Response::Kind kind = Response::Kind::kShort;
  uint32_t ocr = mmc::kOcrVoltages | mmc::kOcrSectorMode;
  const uint32_t voltages = argument & mmc::kOcrVoltages;
  if ((argument & ~mmc::kOcrSectorMode) == 0)  // asks only
    return {.kind = kind, .index = 0x3f, .checked = false, .words = {ocr}};
  if (voltages == 0) {
    state_ = State::kInactive;  // no common supply
    return {};
  }
  if (ready_at_ == kNever) ready_at_ = world_.now() + config_.power_up;
  if (world_.now() >= ready_at_) {
    ocr |= mmc::kOcrReady;
    state_ = State::kReady;
  }
  return {.kind = kind, .index = 0x3f, .checked = false, .words = {ocr}};
}

Response EmmcModel::sleep_awake(uint32_t argument) {
  if (rca_of(argument) != rca_) return {};
  const bool sleep = argument >> 15 & 1;
  if (state_ != (sleep ? State::kStandby : State::kSleep)) return illegal();
  const Response response = r1(mmc::kSleepAwake);
  state_ = sleep ? State::kSleep : State::kStandby;
  set_busy(config_.switch_time);
  return response;
}

Response EmmcModel::select(uint32_t argument) {
  if (rca_of(argument) == rca_ && rca_ != 0) {
    if (state_ != State::kStandby && state_ != State::kDisconnect) return illegal();
    const Response response = r1(mmc::kSelect);
    state_ = state_ == State::kStandby ? State::kTransfer : State::kProgramming;
    return response;
  }
  if (state_ == State::kTransfer || state_ == State::kData) state_ = State::kStandby;
  if (state_ == State::kProgramming) state_ = State::kDisconnect;
  return {};
}

Response EmmcModel::switch_function(uint32_t argument) {
  const unsigned access = argument >> 24 & 3;
  const uint8_t index = argument >> 16 & 0xff, operand = argument >> 8 & 0xff;
  const Response response = r1(mmc::kSwitch);
  if (access != 0) {  // 0: command set; there is only the standard one
    const uint8_t old = ext_csd_[index];
    const auto value = static_cast<uint8_t>(access == 1   ? old | operand
                                            : access == 2 ? old & ~operand
                                                          : operand);
    if (acceptable(index, value)) {
      ext_csd_[index] = value;
      if (index == mmc::kBusWidth) width_ = value == 0 ? 1 : value == 1 ? 4 : 8;
      if (index == mmc::kHsTiming) high_speed_ = (value & 0xf) == 1;
    } else {
      status_ |= mmc::kSwitchError;
    }
  }
  state_ = State::kProgramming;
  set_busy(config_.switch_time);
  return response;
}

bool EmmcModel::acceptable(uint8_t index, uint8_t value) const {
  switch (index) {
    case mmc::kBusWidth:
      return value <= 2;  // no dual data rate
    case mmc::kHsTiming:
      return value <= 1;  // nothing beyond high speed
    case mmc::kEraseGroupDef:
      return value <= 1;
    case mmc::kPowerClass:
      return value == 0;
    case mmc::kRstFunction: {
      const uint8_t old = ext_csd_[index] & 3;  // to be written once
      return value <= 2 && (old == 0 || old == value);
    }
    case mmc::kBootBusConditions:
      return value < 0x20 && (value & 3) <= 2;
    case mmc::kPartitionConfig: {
      const unsigned access = value & 7, enable = value >> 3 & 7;
      const bool boot_exists = boot_[0] != nullptr;
      return value < 0x80 && access <= (boot_exists ? 2u : 0u) &&
             (enable == 0 || enable == 7 || (boot_exists && enable <= 2));
    }
    default:
      return false;
  }
}

Response EmmcModel::stop() {
  if (state_ == State::kData) {
    const Response response = r1(mmc::kStopTransmission);
    state_ = State::kTransfer;
    return response;
  }
  if (state_ != State::kReceive) return illegal();
  const Response response = r1(mmc::kStopTransmission);
  begin_programming();
  return response;
}

// --- reading
// --------------------------------------------------------------------------------------

Response EmmcModel::start_read(uint8_t index, uint32_t argument) {
  sending_ext_csd_ = index == mmc::kSendExtCsd;
  counted_ = index != mmc::kReadMultiple || (block_count_set_ && block_count_ > 0);
  remaining_ = index == mmc::kReadMultiple ? block_count_ : 1;
  sector_ = argument;
  if (!sending_ext_csd_ && sector_ >= sectors_of(partition())) {
    status_ |= mmc::kAddressOutOfRange;
    return r1(index);
  }
  const Response response = r1(index);
  state_ = State::kData;
  return response;
}

EmmcModel::Block EmmcModel::read_block(std::span<std::byte> out, Bus bus) {
  if (!powered_ || faults.dead || state_ != State::kData) return Block::kNothing;
  if (out.size() != mmc::kBlockSize) {
    std::ranges::fill(out, std::byte{0xff});
    finish_read_block();
    return Block::kBadCrc;
  }
  if (sending_ext_csd_) {
    if (faults.worn_out) ext_csd_[mmc::kPreEndOfLife] = 3;
    std::ranges::transform(ext_csd_, out.begin(), [](uint8_t byte) { return std::byte{byte}; });
  } else if (sector_ >= sectors_of(partition())) {
    status_ |= mmc::kAddressOutOfRange;
    return Block::kNothing;  // stays in data state until stopped
  } else if (partition() == Partition::kUser && faults.unreadable.contains(sector_)) {
    status_ |= mmc::kEccFailed;
    return Block::kNothing;
  } else if (auto outcome = storage(partition()).read(sector_ * mmc::kBlockSize, out); !outcome) {
    report(outcome);
    return Block::kNothing;
  }
  ++sector_;
  finish_read_block();
  if (faults.bad_read_blocks > 0) {
    --faults.bad_read_blocks;
    out.front() ^= std::byte{0x10};
    return Block::kBadCrc;
  }
  if (!bus_matches(bus)) {
    std::ranges::fill(out, std::byte{0xff});
    return Block::kBadCrc;
  }
  return Block::kGood;
}

void EmmcModel::finish_read_block() {
  if (counted_ && --remaining_ == 0) state_ = State::kTransfer;
}

// --- writing and erasing
// --------------------------------------------------------------------------

Response EmmcModel::start_write(uint8_t index, uint32_t argument) {
  counted_ = index == mmc::kWriteSingle || (block_count_set_ && block_count_ > 0);
  remaining_ = index == mmc::kWriteSingle ? 1 : block_count_;
  single_write_ = index == mmc::kWriteSingle;
  sector_ = argument;
  write_failed_ = false;
  if (sector_ >= sectors_of(partition())) {
    status_ |= mmc::kAddressOutOfRange;
    return r1(index);
  }
  const Response response = r1(index);
  state_ = State::kReceive;
  return response;
}

EmmcModel::Block EmmcModel::write_block(std::span<const std::byte> in, Bus bus) {
  if (!powered_ || faults.dead || state_ != State::kReceive || busy_) return Block::kNothing;
  const bool damaged = in.size() != mmc::kBlockSize || !bus_matches(bus) || faults.bad_write_blocks;
  if (damaged) {
    if (faults.bad_write_blocks > 0) --faults.bad_write_blocks;
    write_failed_ = true;  // the card ignores the rest
    if (single_write_) begin_programming();
    return Block::kBadCrc;
  }
  if (!write_failed_) {
    if (faults.write_protected) {
      status_ |= mmc::kWriteProtectViolation;
      write_failed_ = true;
    } else if (sector_ >= sectors_of(partition())) {
      status_ |= mmc::kAddressOutOfRange;
      write_failed_ = true;
    } else {
      accept(in);
    }
  }
  ++sector_;
  const bool last = counted_ && --remaining_ == 0;
  // After an error a card stays in receive state until it is stopped; a single write just ends.
  if (last && (single_write_ || !write_failed_))
    begin_programming();
  else if (buffer_.size() >= config_.buffer_blocks)
    busy_ = true;
  return Block::kGood;
}

void EmmcModel::accept(std::span<const std::byte> in) {
  Pending pending{.partition = partition(), .sector = sector_, .bytes = {}};
  std::ranges::copy(in, pending.bytes.begin());
  buffer_.push_back(pending);
  if (program_event_.armed()) return;
  world_.arm(program_event_, world_.now() + config_.program_start + config_.program_block);
}

void EmmcModel::begin_programming() {
  state_ = State::kProgramming;
  draining_ = true;
  busy_ = true;
  if (buffer_.empty()) world_.arm(busy_event_, world_.now() + config_.program_block);
}

void EmmcModel::program_front() {
  const Pending pending = buffer_.front();
  buffer_.pop_front();
  if (faults.worn_out) {
    status_ |= mmc::kError;
    write_failed_ = true;
    return;
  }
  const auto outcome =
      storage(pending.partition).write(pending.sector * mmc::kBlockSize, pending.bytes);
  if (!outcome) write_failed_ = true;
  report(outcome);
}

void EmmcModel::program_one() {
  program_front();
  if (!buffer_.empty()) world_.arm(program_event_, world_.now() + config_.program_block);
  if (draining_ ? buffer_.empty() : busy_) release();
}

void EmmcModel::set_busy(Time length) {
  busy_ = true;
  world_.arm(busy_event_, world_.now() + length);
}

void EmmcModel::on_busy_event() {
  if (std::exchange(erasing_, false))
    report(storage(erase_partition_)
               .erase(erase_from_ * mmc::kBlockSize, erase_count_ * mmc::kBlockSize));
  release();
}

void EmmcModel::release() {
  if (faults.stuck_busy) return;
  if (draining_ || state_ == State::kProgramming || state_ == State::kDisconnect) {
    draining_ = false;
    if (state_ == State::kProgramming) state_ = State::kTransfer;
    if (state_ == State::kDisconnect) state_ = State::kStandby;
  }
  busy_ = false;
  if (released_) released_();
}

Response EmmcModel::erase_bound(uint8_t index, uint32_t argument) {
  if (index == mmc::kEraseGroupEnd && !erase_start_set_) {
    status_ |= mmc::kEraseSequenceError;
    return r1(index);
  }
  if (argument >= sectors_of(partition())) {
    status_ |= mmc::kAddressOutOfRange;
    erase_start_set_ = erase_end_set_ = false;
    return r1(index);
  }
  if (index == mmc::kEraseGroupStart) {
    erase_start_ = argument;
    erase_start_set_ = true;
    erase_end_set_ = false;
  } else {
    erase_end_ = argument;
    erase_end_set_ = true;
  }
  return r1(index);
}

Response EmmcModel::erase(uint32_t argument) {
  const bool complete =
      std::exchange(erase_start_set_, false) & std::exchange(erase_end_set_, false);
  if (!complete) {
    status_ |= mmc::kEraseSequenceError;
    return r1(mmc::kErase);
  }
  if (erase_end_ < erase_start_ || (argument != mmc::kEraseGroups && argument != mmc::kEraseTrim)) {
    status_ |= mmc::kEraseParameter;
    return r1(mmc::kErase);
  }
  const Response response = r1(mmc::kErase);
  uint64_t first = erase_start_, last = erase_end_;
  if (argument == mmc::kEraseGroups) {  // whatever group an address lies in goes as a whole
    first -= first % kEraseGroupSectors;
    last += kEraseGroupSectors - 1 - last % kEraseGroupSectors;
  }
  last = std::min(last, sectors_of(partition()) - 1);
  if (faults.write_protected || faults.worn_out) {
    status_ |= faults.write_protected ? mmc::kEraseSkip | mmc::kWriteProtectViolation : mmc::kError;
  } else {
    erasing_ = true;
    erase_partition_ = partition();
    erase_from_ = first;
    erase_count_ = last - first + 1;
  }
  state_ = State::kProgramming;
  set_busy((last / kEraseGroupSectors - first / kEraseGroupSectors + 1) * config_.erase_group);
  return response;
}

// --- the boot ROM's way in
// ------------------------------------------------------------------------

bool EmmcModel::rom_attach() {
  if (!powered_ || faults.dead) return false;
  flush();
  enter_idle();
  state_ = State::kTransfer;
  return true;
}

bool EmmcModel::rom_read(uint64_t sector, std::span<std::byte> out) {
  const uint64_t count = (out.size() + mmc::kBlockSize - 1) / mmc::kBlockSize;
  if (!powered_ || faults.dead || state_ != State::kTransfer) return false;
  if (sector >= sectors_ || count > sectors_ - sector) return false;
  const auto bad = faults.unreadable.lower_bound(sector);
  if (bad != faults.unreadable.end() && *bad < sector + count) return false;
  const auto outcome = user_.read(sector * mmc::kBlockSize, out);
  report(outcome);
  return outcome.has_value();
}

EmmcModel::Time EmmcModel::rom_read_time(size_t bytes) {
  const uint64_t blocks = (bytes + mmc::kBlockSize - 1) / mmc::kBlockSize;
  // 1024 clocks of data, some 200 of command, access and CRC around them.
  return base::model::cycles_to_time(blocks * 1224, 24'000'000) + blocks * EmmcConfig{}.read_access;
}

}  // namespace drivers::sdmmc
