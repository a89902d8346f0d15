// Driver for an e.MMC behind the host controller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/clock.h"
#include "base/result.h"
#include "drivers/sdmmc/mmc.h"
#include "drivers/sdmmc/sdmmc.h"

namespace drivers::sdmmc {

/// One soldered card with sector addresses (over 2 GB, as all current parts are).
///
/// Errors of the block operations: kInvalid: outside the partition. kDenied: write-protected.
/// kDataLoss: damaged on the lines, or the cells gave up. kTimeout: the card stopped answering or
/// stayed busy. kNotFound: start() has not succeeded. After any of them the card is idle again,
/// where it lets itself be stopped; what a failed write leaves in its sectors is unknown.
class Emmc {
 public:
  enum class Partition : uint8_t { kUser = 0, kBoot1 = 1, kBoot2 = 2 };

  struct Options {
    Sdmmc::Width width = Sdmmc::Width::kEight;
    uint32_t max_hz = 52'000'000;
  };
  struct Info {
    uint32_t blocks = 0;       ///< of the user area
    uint32_t boot_blocks = 0;  ///< of each boot partition
    uint8_t revision = 0;      ///< EXT_CSD_REV
    bool trim = false;
    uint8_t end_of_life = 0;  ///< PRE_EOL_INFO: 1 normal, 2 warning, 3 urgent
  };

  /// `table` may be empty where only the processor moves data.
  Emmc(Sdmmc& host, base::Clock& clock, Sdmmc::DmaTable table)
      : Emmc(host, clock, table, Options{}) {}
  Emmc(Sdmmc& host, base::Clock& clock, Sdmmc::DmaTable table, Options options)
      : host_(host), clock_(clock), table_(table), options_(options) {}

  /// Brings controller and card from any state to transfers at full speed, user area selected.
  /// kNotFound: no card answers. kTimeout: it never gets ready. kInvalid: not a card of this kind.
  base::Result<void> start();
  const Info& info() const { return info_; }

  /// Whole blocks, moved by the processor.
  base::Result<void> read(uint32_t block, std::span<std::byte> out);
  base::Result<void> write(uint32_t block, std::span<const std::byte> in);

  /// `count` blocks from or to bus address `address`, moved by ADMA2; the caller keeps caches
  /// coherent. kNoMemory: there is no table.
  base::Result<void> read_dma(uint32_t block, uint32_t address, uint32_t count);
  base::Result<void> write_dma(uint32_t block, uint32_t address, uint32_t count);

  /// Makes the sectors read as the card's erased content (zeros on ours).
  /// kInvalid besides: the card cannot trim.
  base::Result<void> erase(uint32_t block, uint32_t count);

  /// What the block operations act on. kInvalid: the card has no such partition.
  base::Result<void> select(Partition partition);

 private:
  enum class Way : uint8_t { kIn, kOut };

  base::Result<void> identify();
  base::Result<void> speed_up();
  base::Result<void> read_ext_csd(std::span<std::byte> out);
  base::Result<void> switch_byte(uint8_t index, uint8_t value);
  base::Result<void> check_range(uint32_t block, uint64_t count) const;
  base::Result<void> set_count(uint32_t count);
  base::Result<void> move_dma(Way way, uint32_t block, uint32_t address, uint32_t count);
  base::Result<void> settle();
  base::Result<void> conclude(base::Result<Sdmmc::Response> outcome);
  base::Result<uint32_t> status();

  Sdmmc& host_;
  base::Clock& clock_;
  Sdmmc::DmaTable table_;
  Options options_;
  Info info_{};
  Partition partition_ = Partition::kUser;
  uint8_t boot_config_ = 0;  // the upper bits of PARTITION_CONFIG, which select() keeps
  bool started_ = false;
};

}  // namespace drivers::sdmmc
