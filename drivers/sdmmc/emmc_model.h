// An e.MMC as its pins show it: the state machine, registers and timing of JESD84-B50, over a
// Storage.
//
// Left out, and refused as a card without them refuses: RPMB, general purpose partitions, command
// queue, packed commands, cache, HPI, lock, write-protect groups, DDR and HS200/HS400, bus test,
// boot mode by CMD line.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <span>
#include <string>

#include "base/model/world.h"
#include "drivers/sdmmc/mmc.h"
#include "drivers/sdmmc/storage.h"

namespace drivers::sdmmc {

/// What the card is and how long it takes. The times are of the order of a mid-range 64 GB
/// e.MMC 5.0 part (sequential writes of 60 MB/s and more, which a 52 MHz bus of 8 bits just about
/// feeds).
struct EmmcConfig {
  using Time = base::model::Time;
  Time power_up = 10 * base::model::kMillisecond;        ///< first CMD1 until ready
  Time read_access = 80 * base::model::kMicrosecond;     ///< command until the first block
  Time program_start = 150 * base::model::kMicrosecond;  ///< once per write command
  Time program_block = 8 * base::model::kMicrosecond;    ///< per 512 bytes, while more arrive
  Time erase_group = 2 * base::model::kMillisecond;      ///< per 512 KiB or part of it
  Time switch_time = 40 * base::model::kMicrosecond;
  unsigned buffer_blocks = 64;  ///< taken in before the first is programmed
  std::array<char, 6> product{'T', 'S', 'E', 'M', 'M', 'C'};
  uint32_t serial = 0x5453'0001;
};

/// What is wrong with the card, for tests and scenarios. Changes take effect at the next command or
/// block.
struct EmmcFaults {
  bool write_protected = false;   ///< every write and erase: WP_VIOLATION
  bool worn_out = false;          ///< cells no longer take a program: ERROR, PRE_EOL urgent
  bool stuck_busy = false;        ///< DAT0 is never released after the next busy begins
  bool dead = false;              ///< answers nothing
  std::set<uint64_t> unreadable;  ///< sectors of the user area whose ECC gives up
  // Noise on the lines: this many more items arrive damaged.
  unsigned bad_responses = 0;
  unsigned lost_responses = 0;
  unsigned bad_read_blocks = 0;
  unsigned bad_write_blocks = 0;
};

class EmmcModel {
 public:
  using Time = base::model::Time;

  /// What the card drives on CMD.
  struct Response {
    enum class Kind : uint8_t { kNone, kShort, kLong };
    Kind kind = Kind::kNone;
    uint8_t index = 0;     ///< 0x3f where the format has no index (R2, R3)
    bool checked = true;   ///< carries a CRC (all but R3)
    bool damaged = false;  ///< that CRC is wrong
    /// kShort: [0]. kLong: bits 127:96 of the register in [3], ..., 31:0 in [0], CRC included.
    std::array<uint32_t, 4> words{};
  };
  /// What came of a block on DAT.
  enum class Block : uint8_t { kGood, kBadCrc, kNothing };
  /// How the host drives the bus just now; a card that was switched otherwise garbles or ignores.
  struct Bus {
    uint64_t hz = 0;
    unsigned width = 1;
  };

  /// `user` is the user area, a multiple of 512 bytes; `boot` are boot partitions 1 and 2, both or
  /// none, of equal size, a multiple of 128 KiB. All must outlive the model. Power is off.
  EmmcModel(base::model::World& world, Storage& user, std::array<Storage*, 2> boot = {},
            EmmcConfig config = {});
  ~EmmcModel();
  EmmcModel(const EmmcModel&) = delete;

  /// Supply. Going off loses what was received but not yet programmed.
  void set_power(bool on);
  bool powered() const { return powered_; }
  /// RST_n pulse; without effect unless EXT_CSD enabled it.
  void hardware_reset();

  // --- bus side, for the host controller's model ------------------------------------------------
  Response command(uint8_t index, uint32_t argument, Bus bus);
  /// The next block of a running read, `out.size()` bytes. The card goes back to transfer state by
  /// itself after a single or counted read.
  Block read_block(std::span<std::byte> out, Bus bus);
  /// The next block of a running write, and the card's CRC status for it.
  Block write_block(std::span<const std::byte> in, Bus bus);
  /// Reading: how long after the command the first block starts.
  Time read_access() const { return config_.read_access; }
  /// DAT0 held low.
  bool busy() const { return busy_; }
  /// Called whenever DAT0 is released.
  void on_released(std::function<void()> listener) { released_ = std::move(listener); }

  // --- for the board and for tests --------------------------------------------------------------
  EmmcFaults faults;
  /// Called with a sentence when the storage behind the card fails (disk full and the like). The
  /// guest sees the card's ERROR status besides.
  void on_storage_failure(std::function<void(const std::string&)> listener) {
    storage_failure_ = std::move(listener);
  }
  mmc::State state() const { return state_; }
  uint32_t sectors() const { return sectors_; }
  std::span<const uint8_t, 512> ext_csd() const { return ext_csd_; }
  /// Blocks received that a power cut would lose now.
  size_t unprogrammed() const { return buffer_.size(); }

  /// What the boot ROM does with the card: identifies it and selects it, in no time of its own.
  /// False: no card answers.
  bool rom_attach();
  /// Sectors of the user area for the boot ROM, straight from the cells. False: unreadable, or out
  /// of range. Takes no virtual time: the caller lets rom_read_time() pass.
  bool rom_read(uint64_t sector, std::span<std::byte> out);
  /// The ROM reads 4 bits wide at 24 MHz, block by block.
  static Time rom_attach_time() { return 40 * base::model::kMillisecond; }
  static Time rom_read_time(size_t bytes);

 private:
  enum class Partition : uint8_t { kUser = 0, kBoot1 = 1, kBoot2 = 2 };
  struct Pending {
    Partition partition;
    uint64_t sector;
    std::array<std::byte, mmc::kBlockSize> bytes;
  };

  void build_cid();
  void build_csd();
  void build_ext_csd();
  void flush();
  void enter_idle();
  Response r1(uint8_t index);
  Response r2(const std::array<uint32_t, 4>& words) const;
  Response illegal();
  Response dispatch(uint8_t index, uint32_t argument);
  Response operating_conditions(uint32_t argument);
  Response sleep_awake(uint32_t argument);
  Response select(uint32_t argument);
  Response switch_function(uint32_t argument);
  bool acceptable(uint8_t index, uint8_t value) const;
  Response stop();
  Response start_read(uint8_t index, uint32_t argument);
  void finish_read_block();
  Response start_write(uint8_t index, uint32_t argument);
  void accept(std::span<const std::byte> in);
  Response erase_bound(uint8_t index, uint32_t argument);
  Response erase(uint32_t argument);
  void begin_programming();
  void program_front();
  void program_one();
  void set_busy(Time length);
  void on_busy_event();
  void release();
  Storage& storage(Partition partition);
  uint64_t sectors_of(Partition partition);
  Partition partition() const {
    return static_cast<Partition>(ext_csd_[mmc::kPartitionConfig] & 7);
  }
  void report(const Storage::Outcome& outcome);
  bool bus_matches(Bus bus) const;

  base::model::World& world_;
  Storage& user_;
  std::array<Storage*, 2> boot_;
  EmmcConfig config_;
  uint32_t sectors_;
  std::array<uint32_t, 4> cid_{}, csd_{};
  std::array<uint8_t, 512> ext_csd_{};
  std::function<void()> released_;
  std::function<void(const std::string&)> storage_failure_;

  bool powered_ = false;
  mmc::State state_ = mmc::State::kIdle;
  uint16_t rca_ = 1;
  uint32_t status_ = 0;                  // error bits that a response will report and clear
  Time ready_at_ = base::model::kNever;  // end of power-up, once CMD1 was seen
  bool high_speed_ = false;
  unsigned width_ = 1;
  uint32_t block_count_ = 0;  // of CMD23, for the next command only
  bool block_count_set_ = false;

  // The running data command.
  bool sending_ext_csd_ = false;
  bool counted_ = false;
  uint32_t remaining_ = 0;
  uint64_t sector_ = 0;
  bool single_write_ = false;
  bool write_failed_ = false;  // further blocks of this write are ignored

  // Erase sequence.
  bool erase_start_set_ = false, erase_end_set_ = false;
  uint32_t erase_start_ = 0, erase_end_ = 0;

  // Programming.
  std::deque<Pending> buffer_;
  bool draining_ = false;  // no more blocks come: busy until the buffer is empty
  bool busy_ = false;
  bool erasing_ = false;
  uint64_t erase_from_ = 0, erase_count_ = 0;
  Partition erase_partition_ = Partition::kUser;
  base::model::Event program_event_;
  base::model::Event busy_event_;
};

}  // namespace drivers::sdmmc
