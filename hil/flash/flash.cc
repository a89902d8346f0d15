#include "hil/flash/flash.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "base/crc32.h"
#include "hil/flash/applet.h"

namespace hil::flash {
namespace {

using probes::BoardTime;
using probes::Failure;
using probes::Milliseconds;
using probes::Outcome;
using probes::TimeGrant;
using probes::openocd::OpenOcd;
using Bytes = std::span<const std::byte>;

constexpr uint32_t kBlock = 512;
constexpr uint32_t kBuffer = 0x20100000;     // in the board's memory, 1 MiB into it
constexpr uint32_t kChunkBlocks = 4096;      // 2 MiB: one trip through the probe
constexpr uint32_t kZeroRunBlocks = 256;     // 128 KiB: shorter ones are as quick to write
constexpr Milliseconds kInitLimit{10'000};   // clocks, memory test, card start-up
constexpr Milliseconds kChunkLimit{30'000};  // a chunk to or from the slowest card that is allowed
constexpr std::chrono::milliseconds kRomTime{500};  // board time in which the boot ROM must be done

/// Operations of the flash applet, bringup/applets/flash.h.
enum Operation : uint32_t { kInit = 0, kWrite = 1, kCardCrc = 3, kMemoryCrc = 4, kErase = 5 };

uint32_t crc_of(Bytes bytes) {
  base::Crc32 crc;
  crc.add(bytes);
  return crc.value();
}

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

std::string blocks_words(uint32_t first, uint32_t count) {
  return "blocks " + std::to_string(first) + " to " + std::to_string(first + count - 1);
}

double rate(uint64_t bytes, double seconds) {
  return seconds > 0 ? static_cast<double>(bytes) / 1024 / seconds : 0;
}

/// Stops the core with nothing of the old system left in it: no MMU, no caches, no interrupts.
Outcome<void> take_over(OpenOcd& openocd, TimeGrant& time) {
  auto stopped = openocd.reset_halt();
  if (!stopped && openocd.alive()) {
    // JTAG is off until the boot ROM is done, which takes board time.
    TRY(time.grant(kRomTime));
    for (int again = 0; again < 3 && !stopped && openocd.alive(); again++) stopped = openocd.halt();
    TRY(time.grant(BoardTime(0)));
  }
  if (!stopped) return Failure{"the core cannot be stopped: " + stopped.error().what};
  const std::string control = TRY(openocd.command("arm mrc 15 0 1 0 0"));
  if (std::strtoul(control.c_str(), nullptr, 0) & 1)
    return Failure{
        "the core still translates addresses after a reset: is the probe's reset wire "
        "(NRST) connected?"};
  return {};
}

/// The image in chunks as the card takes them: whole blocks.
class Chunks {
 public:
  explicit Chunks(Bytes image) : image_(image) {}
  struct Chunk {
    uint32_t first = 0, blocks = 0;
    std::vector<std::byte> padded{};  // only where the image ends within a block
    Bytes bytes{};
  };
  uint32_t blocks() const { return static_cast<uint32_t>((image_.size() + kBlock - 1) / kBlock); }
  Chunk get(uint32_t first, uint32_t count) const {
    Chunk chunk{.first = first, .blocks = count};
    const size_t begin = size_t{first} * kBlock, size = size_t{count} * kBlock;
    const size_t there = std::min(size, image_.size() - begin);
    chunk.bytes = image_.subspan(begin, there);
    if (there < size) {
      chunk.padded.assign(chunk.bytes.begin(), chunk.bytes.end());
      chunk.padded.resize(size);
      chunk.bytes = chunk.padded;
    }
    return chunk;
  }

 private:
  Bytes image_;
};

/// Blocks of one kind: to be written, or zeros.
struct Segment {
  uint32_t first = 0, count = 0;
  bool zeros = false;
};

/// The image in segments of at most a chunk; zeros make a segment where they are many.
std::vector<Segment> segments(const Chunks& chunks) {
  const auto blank = [&](uint32_t block) {
    const Chunks::Chunk chunk = chunks.get(block, 1);
    return std::all_of(chunk.bytes.begin(), chunk.bytes.end(),
                       [](std::byte byte) { return byte == std::byte{0}; });
  };
  std::vector<Segment> found;
  const auto add = [&](uint32_t first, uint32_t end, bool zeros) {
    for (; first < end; first += found.back().count)
      found.push_back({first, std::min(kChunkBlocks, end - first), zeros});
  };
  uint32_t written = 0;  // blocks before this one are in a segment
  for (uint32_t block = 0; block < chunks.blocks();) {
    uint32_t end = block;
    while (end < chunks.blocks() && blank(end)) end++;
    if (end - block >= kZeroRunBlocks) {
      add(written, block, false);
      add(block, end, true);
      written = end;
    }
    block = end + 1;
  }
  add(written, chunks.blocks(), false);
  return found;
}

class Session {
 public:
  Session(OpenOcd& openocd, TimeGrant& time, const Applets& applets, Bytes image,
          const Progress& progress)
      : openocd_(openocd), time_(time), applets_(applets), chunks_(image), progress_(progress) {
    report_.bytes = image.size();
  }

  Outcome<void> begin();
  Outcome<void> write();
  Outcome<void> check();
  const FlashReport& report() const { return report_; }

 private:
  void tell(double done, std::string_view words) {
    if (progress_) progress_(done, words);
  }
  Outcome<bool> card_equals(uint32_t first, uint32_t count);
  Outcome<void> name_difference(uint32_t first, uint32_t count);
  Outcome<void> write_chunk(const Chunks::Chunk& chunk);
  Outcome<bool> clear(const Segment& zeros);

  OpenOcd& openocd_;
  TimeGrant& time_;
  const Applets& applets_;
  Chunks chunks_;
  const Progress& progress_;
  FlashReport report_;
  std::optional<Applet> flasher_;
};

Outcome<void> Session::begin() {
  if (report_.bytes == 0) return Failure{"the image is empty"};
  if (report_.bytes > uint64_t{kBlock} * 0xffffffff)
    return Failure{"the image is larger than any card that can be addressed"};
  tell(0, "taking the core over");
  TRY(take_over(openocd_, time_));
  tell(0, "starting clocks and memory");
  Applet memory = TRY(Applet::load(openocd_, time_, applets_.ddr_init));
  const Applet::Answer started = TRY(memory.call({}, kInitLimit));
  if (started.error.word != 0) {
    std::string what = "the board's memory does not come up: " + describe(started.error);
    if (started.error.code() == base::Code::kDataLoss) {
      char words[96];
      std::snprintf(words, sizeof words, "; at 0x%08x 0x%08x was written and 0x%08x read",
                    started.values[0], started.values[1], started.values[2]);
      what += words;
    }
    return Failure{what};
  }
  tell(0, "starting the card");
  flasher_.emplace(TRY(Applet::load(openocd_, time_, applets_.emmc_flash)));
  report_.card_blocks = TRY(flasher_->must({kInit}, kInitLimit, "starting the card"))[0];
  if (chunks_.blocks() > report_.card_blocks)
    return Failure{"the image has " + std::to_string(chunks_.blocks()) + " blocks, the card only " +
                   std::to_string(report_.card_blocks)};
  return {};
}

Outcome<void> Session::write_chunk(const Chunks::Chunk& chunk) {
  TRY(openocd_.write_memory(kBuffer, chunk.bytes));
  const auto size = static_cast<uint32_t>(chunk.bytes.size());
  const auto sum =
      TRY(flasher_->must({kMemoryCrc, kBuffer, 0, size}, kChunkLimit, "summing what was loaded"));
  if (sum[0] != crc_of(chunk.bytes))
    return Failure{"the probe damaged " + blocks_words(chunk.first, chunk.blocks) +
                   " on their way into memory: shorten the cable or slow the adapter down"};
  const auto written = flasher_->must({kWrite, kBuffer, chunk.first, chunk.blocks}, kChunkLimit,
                                      "writing " + blocks_words(chunk.first, chunk.blocks));
  if (!written) return written.error();
  report_.loaded_bytes += size;
  return {};
}

// True if the card reads as zeros there, which an erased one does, as a rule.
Outcome<bool> Session::clear(const Segment& zeros) {
  if (TRY(card_equals(zeros.first, zeros.count))) return true;
  const Applet::Answer erased =
      TRY(flasher_->call({kErase, 0, zeros.first, zeros.count}, kChunkLimit));
  if (erased.error.word != 0) return false;  // a card that cannot: then it is written
  return card_equals(zeros.first, zeros.count);
}

Outcome<void> Session::write() {
  const Stopwatch watch;
  for (const Segment& segment : segments(chunks_)) {
    tell(static_cast<double>(segment.first) / chunks_.blocks(), "writing");
    if (segment.zeros && TRY(clear(segment))) continue;
    TRY(write_chunk(chunks_.get(segment.first, segment.count)));
  }
  report_.write_seconds = watch.seconds();
  report_.write_kib_s = rate(report_.bytes, report_.write_seconds);
  return {};
}

Outcome<bool> Session::card_equals(uint32_t first, uint32_t count) {
  const auto values = TRY(flasher_->must({kCardCrc, 0, first, count}, kChunkLimit,
                                         "reading " + blocks_words(first, count)));
  return values[0] == crc_of(chunks_.get(first, count).bytes);
}

// Halves the range until one block is left: that one differs, and none before it.
Outcome<void> Session::name_difference(uint32_t first, uint32_t count) {
  while (count > 1) {
    const uint32_t half = count / 2;
    if (TRY(card_equals(first, half))) {
      first += half;
      count -= half;
    } else {
      count = half;
    }
  }
  return Failure{"the card does not hold the image: block " + std::to_string(first) +
                 " is the first whose CRC differs"};
}

Outcome<void> Session::check() {
  const Stopwatch watch;
  for (uint32_t first = 0; first < chunks_.blocks(); first += kChunkBlocks) {
    tell(static_cast<double>(first) / chunks_.blocks(), "verifying");
    const uint32_t count = std::min(kChunkBlocks, chunks_.blocks() - first);
    if (!TRY(card_equals(first, count))) return name_difference(first, count);
  }
  report_.verify_seconds = watch.seconds();
  report_.verify_kib_s = rate(report_.bytes, report_.verify_seconds);
  tell(1, "done");
  return {};
}

}  // namespace

Outcome<FlashReport> flash(OpenOcd& openocd, TimeGrant& time, const Applets& applets, Bytes image,
                           const Progress& progress) {
  Session session(openocd, time, applets, image, progress);
  TRY(session.begin());
  TRY(session.write());
  TRY(session.check());
  return session.report();
}

Outcome<FlashReport> verify(OpenOcd& openocd, TimeGrant& time, const Applets& applets, Bytes image,
                            const Progress& progress) {
  Session session(openocd, time, applets, image, progress);
  TRY(session.begin());
  TRY(session.check());
  return session.report();
}

Outcome<std::vector<std::byte>> read_image(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Failure{"cannot read the image " + file.string()};
  const std::vector<char> chars{std::istreambuf_iterator<char>(in), {}};
  if (chars.empty()) return Failure{"the image " + file.string() + " is empty"};
  const auto* const first = reinterpret_cast<const std::byte*>(chars.data());
  return std::vector<std::byte>(first, first + chars.size());
}

}  // namespace hil::flash
