#include "drivers/sdmmc/sdmmc.h"

#include <algorithm>
#include <atomic>

#include "base/modules.h"

namespace drivers::sdmmc {
namespace {

using namespace std::chrono_literals;
using base::mmio::Value;

constexpr uint8_t kModule = base::module_number("drivers/sdmmc/sdmmc.cc");

constexpr auto kResetLimit = 10ms;
constexpr auto kClockLimit = 20ms;
constexpr auto kCalibrationLimit = 10ms;
constexpr auto kInhibitLimit = 10ms;
constexpr auto kReplyLimit = 10ms;  // some 200 card clocks; at 400 kHz half a millisecond
constexpr uint32_t kBlockSize = 512;
constexpr uint32_t kMaxDivider = 1024;

constexpr Value<Regs::Nistr> kEveryEvent{0xffff};
constexpr Value<Regs::Eistr> kEveryError{0xffff};

/// Between two looks at the controller in a long wait: every look is a bus access, and the bus is
/// also the way of the data that we wait for.
void breathe() {
  for (unsigned i = 0; i < 500; ++i) std::atomic_signal_fence(std::memory_order_seq_cst);
}

constexpr uint32_t reply_bits(Sdmmc::Reply reply) {
  using Cr = Regs::Cr;
  const uint32_t checks = Cr::kCheckCrc(true).bits | Cr::kCheckIndex(true).bits;
  switch (reply) {
    case Sdmmc::Reply::kNone:
      return Cr::kNoResponse;
    case Sdmmc::Reply::kR1:
      return Cr::kShort | checks;
    case Sdmmc::Reply::kR1b:
      return Cr::kShortBusy | checks;
    case Sdmmc::Reply::kR2:
      return Cr::kLong | Cr::kCheckCrc(true).bits;
    case Sdmmc::Reply::kR3:
      return Cr::kShort;
  }
  return 0;
}

}  // namespace

Sdmmc::~Sdmmc() {
  regs_.modify<Regs::Ccr>(
      [](Value<Regs::Ccr> ccr) { return ccr.with(Regs::Ccr::kCardClock, false); });
}

base::Result<void> Sdmmc::start() {
  regs_.write(Regs::Srr::kAll(true));
  const bool reset = base::wait_until(
      clock_, kResetLimit, [&] { return !regs_.read<Regs::Srr>().has(Regs::Srr::kAll); });
  // A gated block reads as zeros throughout; its version never does.
  if (!reset || regs_.read<Regs::Hcvr>().bits == 0) return FAIL(kTimeout);
  clock_hz_ = 0;

  // 2 us of analogue start-up at any bus clock up to 166 MHz.
  const auto calibration = Regs::Calcr::kAlwaysOn(true) | Regs::Calcr::kStartup(83);
  regs_.write(calibration | Regs::Calcr::kEnable(true));
  const bool calibrated = base::wait_until(clock_, kCalibrationLimit, [&] {
    return !regs_.read<Regs::Calcr>().has(Regs::Calcr::kEnable);
  });
  if (!calibrated) return FAIL(kTimeout);

  regs_.write(Regs::Mc1r::kForceCardDetect(true));
  regs_.write(Regs::Pcr::kPower(true) | Regs::Pcr::kVoltage(Regs::Pcr::k3v3));
  regs_.write(Regs::Hc1r::kDmaSelect(Regs::Hc1r::kAdma2));
  regs_.write(Value<Regs::Nister>{0xffff});
  regs_.write(Value<Regs::Eister>{0xffff});
  return {};
}

base::Result<void> Sdmmc::set_clock(uint32_t hz) {
  if (hz == 0) return FAIL(kInvalid);
  const uint32_t divider = (generated_hz_ + hz - 1) / hz;  // never above what was asked for
  if (divider == 0 || divider > kMaxDivider) return FAIL(kInvalid);
  const uint32_t n = divider - 1;
  regs_.modify<Regs::Ccr>(
      [](Value<Regs::Ccr> ccr) { return ccr.with(Regs::Ccr::kCardClock, false); });
  regs_.write(Value<Regs::Ccr>{});
  const auto ccr = Regs::Ccr::kInternalClock(true) | Regs::Ccr::kProgrammable(true) |
                   Regs::Ccr::kDividerLow.from(n & 0xff) | Regs::Ccr::kDividerHigh.from(n >> 8);
  regs_.write(ccr);
  const bool stable = base::wait_until(
      clock_, kClockLimit, [&] { return regs_.read<Regs::Ccr>().has(Regs::Ccr::kInternalStable); });
  if (!stable) return FAIL(kTimeout);
  regs_.write(ccr | Regs::Ccr::kCardClock(true));
  clock_hz_ = generated_hz_ / divider;
  return {};
}

void Sdmmc::set_width(Width width) {
  regs_.modify<Regs::Hc1r>([width](Value<Regs::Hc1r> hc1r) {
    return hc1r.with(Regs::Hc1r::kFourBits, width == Width::kFour)
        .with(Regs::Hc1r::kEightBits, width == Width::kEight);
  });
}

void Sdmmc::set_high_speed(bool on) {
  regs_.modify<Regs::Hc1r>(
      [on](Value<Regs::Hc1r> hc1r) { return hc1r.with(Regs::Hc1r::kHighSpeed, on); });
}

void Sdmmc::set_open_drain(bool on) {
  regs_.modify<Regs::Mc1r>(
      [on](Value<Regs::Mc1r> mc1r) { return mc1r.with(Regs::Mc1r::kOpenDrain, on); });
}

/// The controller's own data timeout, no shorter than the software's: that one decides.
void Sdmmc::set_timeout(base::Duration limit) {
  const auto ca0r = regs_.read<Regs::Ca0r>();
  const uint64_t unit = ca0r.has(Regs::Ca0r::kTimeoutClockMhz) ? 1'000'000 : 1'000;
  const uint64_t periods =
      static_cast<uint64_t>(limit.count()) * ca0r.get(Regs::Ca0r::kTimeoutClock) * unit / 1'000'000;
  uint32_t n = 0;
  while (n < 14 && uint64_t{1} << (13 + n) < periods) ++n;
  regs_.write(Regs::Tcr::kTimeout.from(n));
}

base::Result<void> Sdmmc::wait_idle(bool data_line) {
  const bool idle = base::wait_until(clock_, kInhibitLimit, [&] {
    const auto psr = regs_.read<Regs::Psr>();
    return !psr.has(Regs::Psr::kCommandInhibit) && !(data_line && psr.has(Regs::Psr::kDataInhibit));
  });
  if (idle) return {};
  reset_lines();
  return FAIL(kBusy);
}

void Sdmmc::reset_lines() {
  regs_.write(Regs::Srr::kCommandLine(true) | Regs::Srr::kDataLine(true));
  // Nothing can be done about a reset that hangs; the next command will report it.
  (void)base::wait_until(clock_, kResetLimit, [&] { return regs_.read<Regs::Srr>().bits == 0; });
}

/// Says what the controller complains of, and makes it fit for the next command.
base::Error Sdmmc::fault() {
  const auto errors = regs_.read<Regs::Eistr>();
  const auto adma = regs_.read<Regs::Aesr>();
  reset_lines();
  regs_.acknowledge(kEveryError);
  regs_.acknowledge(kEveryEvent);
  using Eistr = Regs::Eistr;
  if (errors.has(Eistr::kAdma))
    return adma.get(Regs::Aesr::kState) ? FAIL(kInvalid) : FAIL(kInternal);
  if (errors.has(Eistr::kDataCrc) || errors.has(Eistr::kDataEndBit)) return FAIL(kDataLoss);
  if (errors.has(Eistr::kDataTimeout)) return FAIL(kTimeout);
  if (errors.has(Eistr::kCommandTimeout)) return FAIL(kTimeout);
  if (errors.has(Eistr::kCommandCrc) || errors.has(Eistr::kCommandIndex) ||
      errors.has(Eistr::kCommandEndBit))
    return FAIL(kDataLoss);
  return FAIL(kInternal);
}

/// Waits for one of `bits` and clears them.
base::Result<void> Sdmmc::wait_for(Value<Regs::Nistr> bits, base::Duration limit) {
  Value<Regs::Nistr> seen{};
  const bool came = base::wait_until(clock_, limit, [&] {
    seen = regs_.read<Regs::Nistr>();
    if ((seen.bits & bits.bits) || seen.has(Regs::Nistr::kError)) return true;
    breathe();
    return false;
  });
  if (!came) {
    reset_lines();
    return FAIL(kTimeout);
  }
  if (seen.has(Regs::Nistr::kError)) return fault();
  regs_.acknowledge(Value<Regs::Nistr>{seen.bits & bits.bits});
  return {};
}

bool Sdmmc::wait_released(base::Duration limit) {
  return base::wait_until(clock_, limit, [&] {
    if (regs_.read<Regs::Psr>().get(Regs::Psr::kDatLevel) & 1) return true;
    breathe();
    return false;
  });
}

base::Result<Sdmmc::Response> Sdmmc::send(const Command& command, Data data) {
  const bool has_data = data.mover != Mover::kNone;
  const bool busy = command.reply == Reply::kR1b;
  TRY(wait_idle(has_data || busy));
  regs_.acknowledge(kEveryError);
  regs_.acknowledge(kEveryEvent);
  set_timeout(command.limit);
  Value<Regs::Tmr> tmr{};
  if (has_data) {
    regs_.write(Regs::Bsr::kBlockSize.from(data.block_size));
    regs_.write(Regs::Bcr::kBlockCount.from(data.blocks));
    tmr = Regs::Tmr::kRead.from(data.direction == Direction::kRead) |
          Regs::Tmr::kDmaEnable.from(data.mover == Mover::kDma) |
          Regs::Tmr::kBlockCountEnable(true) | Regs::Tmr::kMultiBlock.from(data.blocks > 1);
  }
  regs_.write(tmr);
  regs_.write(Regs::Arg1r::kArgument.from(command.argument));
  const uint32_t type = command.index == 12 ? Regs::Cr::kType(Regs::Cr::kAbort).bits : 0;
  regs_.write(Regs::Cr::kIndex.from(command.index) | Regs::Cr::kData.from(has_data) |
              Value<Regs::Cr>{type | reply_bits(command.reply)});

  // The chip may leave out "command complete" before the "transfer complete" that ends the busy of
  // a CMD7, so either will do.
  auto events = Regs::Nistr::kCommandComplete(true);
  if (busy) events = events | Regs::Nistr::kTransferComplete(true);
  Value<Regs::Nistr> seen{};
  const bool came = base::wait_until(clock_, kReplyLimit, [&] {
    seen = regs_.read<Regs::Nistr>();
    return (seen.bits & events.bits) || seen.has(Regs::Nistr::kError);
  });
  if (!came) {
    reset_lines();
    return FAIL(kTimeout);
  }
  if (seen.has(Regs::Nistr::kError)) return fault();
  Response response{};
  for (unsigned i = 0; i < response.size(); ++i) response[i] = regs_.read<Regs::Rr>(i).bits;
  return response;
}

base::Result<Sdmmc::Response> Sdmmc::finish(const Command& command, const Response& response) {
  TRY(wait_for(Regs::Nistr::kTransferComplete(true), command.limit));
  return Response{response};
}

base::Result<Sdmmc::Response> Sdmmc::command(const Command& command) {
  const Response response = TRY(send(command, {}));
  if (command.reply != Reply::kR1b) return Response{response};
  return finish(command, response);
}

base::Result<Sdmmc::Response> Sdmmc::read(const Command& command, std::span<std::byte> data) {
  const uint32_t blocks = static_cast<uint32_t>(data.size() / kBlockSize);
  if (data.empty() || data.size() % kBlockSize != 0 || blocks > kMaxBlocks) return FAIL(kInvalid);
  const Response response = TRY(send(command, {.direction = Direction::kRead,
                                               .blocks = blocks,
                                               .block_size = kBlockSize,
                                               .mover = Mover::kProcessor}));
  for (; !data.empty(); data = data.subspan(kBlockSize)) {
    TRY(wait_for(Regs::Nistr::kBufferReadReady(true), command.limit));
    for (uint32_t at = 0; at < kBlockSize; at += sizeof(uint32_t)) {
      const uint32_t word = regs_.read<Regs::Bdpr>().bits;
      __builtin_memcpy(data.data() + at, &word, sizeof word);
    }
  }
  return finish(command, response);
}

base::Result<Sdmmc::Response> Sdmmc::write(const Command& command,
                                           std::span<const std::byte> data) {
  const uint32_t blocks = static_cast<uint32_t>(data.size() / kBlockSize);
  if (data.empty() || data.size() % kBlockSize != 0 || blocks > kMaxBlocks) return FAIL(kInvalid);
  const Response response = TRY(send(command, {.direction = Direction::kWrite,
                                               .blocks = blocks,
                                               .block_size = kBlockSize,
                                               .mover = Mover::kProcessor}));
  for (; !data.empty(); data = data.subspan(kBlockSize)) {
    TRY(wait_for(Regs::Nistr::kBufferWriteReady(true), command.limit));
    for (uint32_t at = 0; at < kBlockSize; at += sizeof(uint32_t)) {
      uint32_t word = 0;
      __builtin_memcpy(&word, data.data() + at, sizeof word);
      regs_.write(Regs::Bdpr::kData.from(word));
    }
  }
  return finish(command, response);
}

base::Result<Sdmmc::Response> Sdmmc::transfer(const Command& command, Direction direction,
                                              uint32_t address, uint32_t blocks, DmaTable table) {
  if (blocks == 0 || blocks > kMaxBlocks || address % 4 != 0) return FAIL(kInvalid);
  uint64_t left = uint64_t{blocks} * kBlockSize;
  if (left > table.descriptors.size() * uint64_t{Descriptor::kMaxLength}) return FAIL(kNoMemory);
  for (Descriptor& descriptor : table.descriptors) {
    const auto length = static_cast<uint32_t>(std::min<uint64_t>(left, Descriptor::kMaxLength));
    left -= length;
    const auto attributes = static_cast<uint16_t>(Descriptor::kValid | Descriptor::kTransfer |
                                                  (left == 0 ? Descriptor::kEnd : 0));
    descriptor = {
        .attributes = attributes, .length = static_cast<uint16_t>(length), .address = address};
    address += length;
    if (left == 0) break;
  }
  std::atomic_thread_fence(std::memory_order_seq_cst);  // the table lies in memory before the start
  regs_.write(Regs::Asar::kAddress.from(table.address));
  const Response response = TRY(send(
      command,
      {.direction = direction, .blocks = blocks, .block_size = kBlockSize, .mover = Mover::kDma}));
  TRY(wait_for(Regs::Nistr::kTransferComplete(true), command.limit));
  std::atomic_thread_fence(std::memory_order_seq_cst);  // no data is looked at before the end
  return Response{response};
}

}  // namespace drivers::sdmmc
