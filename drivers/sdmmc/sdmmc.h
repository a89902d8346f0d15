// Driver for the SD/MMC host controller: commands and blocks, for whatever card is behind it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/clock.h"
#include "base/result.h"
#include "drivers/sdmmc/sdmmc_regs.h"

namespace drivers::sdmmc {

/// Polled; one command at a time. The peripheral's bus clock and GCLK must be on, its pins muxed.
class Sdmmc {
 public:
  enum class Width : uint8_t { kOne = 1, kFour = 4, kEight = 8 };
  enum class Reply : uint8_t { kNone, kR1, kR1b, kR2, kR3 };
  enum class Direction : uint8_t { kRead, kWrite };

  struct Command {
    uint8_t index = 0;
    uint32_t argument = 0;
    Reply reply = Reply::kR1;
    /// For the card's busy after kR1b, or for the whole of a data transfer.
    base::Duration limit{100'000};
  };
  /// A short reply is words[0]. A long one is bits 127:8 of the register, from bit 0 of words[0].
  using Response = std::array<uint32_t, 4>;

  /// Memory for ADMA2: `descriptors` as this program sees them and as the controller does. One
  /// descriptor moves up to 64 KiB.
  struct DmaTable {
    std::span<Descriptor> descriptors;
    uint32_t address = 0;
  };

  /// `generated_hz` is the rate of GCLK.
  Sdmmc(base::mmio::Block<Regs> regs, base::Clock& clock, uint32_t generated_hz)
      : regs_(regs), clock_(clock), generated_hz_(generated_hz) {}
  ~Sdmmc();
  Sdmmc(const Sdmmc&) = delete;

  /// Resets the controller, calibrates the pads and powers a soldered card's lines: 1 bit, no
  /// clock. kTimeout: the controller does not come out of reset (no bus clock?).
  base::Result<void> start();

  /// The fastest card clock not above `hz`. kInvalid: none is that slow. kTimeout: GCLK is off.
  base::Result<void> set_clock(uint32_t hz);
  uint32_t clock_hz() const { return clock_hz_; }
  void set_width(Width width);
  void set_high_speed(bool on);
  /// Open-drain CMD, for the identification of e.MMC.
  void set_open_drain(bool on);

  /// kTimeout: no answer, or busy beyond the limit. kDataLoss: a damaged answer. kBusy: the
  /// controller is stuck in an earlier command.
  base::Result<Response> command(const Command& command);

  /// Waits until the card lets go of DAT0, for as long as it is busy. False: not within `limit`.
  [[nodiscard]] bool wait_released(base::Duration limit);

  /// A command with `data` of whole blocks, moved by the processor. Errors besides those of
  /// command(): kDataLoss: CRC error on the data lines. kTimeout: the card stopped short.
  base::Result<Response> read(const Command& command, std::span<std::byte> data);
  base::Result<Response> write(const Command& command, std::span<const std::byte> data);

  /// A command with `blocks` blocks from or to bus address `address` (a multiple of 4), moved by
  /// ADMA2. The caller keeps caches coherent. kNoMemory: the table is too short. kInvalid: the
  /// controller cannot reach the memory, or the address is odd.
  base::Result<Response> transfer(const Command& command, Direction direction, uint32_t address,
                                  uint32_t blocks, DmaTable table);
  static constexpr uint32_t kMaxBlocks = 65535;

 private:
  enum class Mover : uint8_t { kNone, kProcessor, kDma };
  struct Data {
    Direction direction = Direction::kRead;
    uint32_t blocks = 0, block_size = 0;
    Mover mover = Mover::kNone;
  };

  base::Result<Response> send(const Command& command, Data data);
  base::Result<void> wait_idle(bool data_line);
  base::Result<void> wait_for(base::mmio::Value<Regs::Nistr> bits, base::Duration limit);
  base::Result<Response> finish(const Command& command, const Response& response);
  base::Error fault();
  void reset_lines();
  void set_timeout(base::Duration limit);

  base::mmio::Block<Regs> regs_;
  base::Clock& clock_;
  uint32_t generated_hz_;
  uint32_t clock_hz_ = 0;
};

}  // namespace drivers::sdmmc
