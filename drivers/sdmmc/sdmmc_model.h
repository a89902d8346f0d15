// The SAMA5D2's SDMMC as software sees it: an SDHCI 3.0 host with Microchip's extra registers, and
// one e.MMC on its pins.
//
// Left out: SDIO and UHS (tuning, re-tuning, 1.8 V switch), boot operation, suspend/resume.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/mmio/register.h"
#include "base/model/world.h"
#include "drivers/sdmmc/emmc_model.h"

namespace drivers::sdmmc {

/// The clocks that reach the block.
struct SdmmcClocks {
  base::model::ClockSource& bus;        ///< HCLOCK: the peripheral clock, PID 31
  base::model::ClockSource& base;       ///< BASECLK: the main clock (crystal or RC)
  base::model::ClockSource& generated;  ///< GCLK of PID 31 (MULTCLK)
};

class SdmmcModel : public base::mmio::Model {
 public:
  /// `irq` is source 31, `card` may be null (an empty socket). `memory` is what its DMA reaches.
  SdmmcModel(base::model::World& world, base::model::Bus& memory, base::model::Line& irq,
             SdmmcClocks clocks, EmmcModel* card);
  ~SdmmcModel() override;
  SdmmcModel(const SdmmcModel&) = delete;

  uint32_t load(uint32_t offset, unsigned width) override;
  void store(uint32_t offset, uint32_t value, unsigned width) override;

  /// Peripheral reset (power-on, watchdog, NRST).
  void reset();
  /// The card detect pin (low: card there). A soldered e.MMC leaves it open; software then uses
  /// MC1R.FCD.
  void set_card_detect(bool inserted);
  /// SDCLK just now; 0 while it is stopped.
  uint64_t card_clock_hz() const;

 private:
  enum class Phase : uint8_t {
    kNone,
    kReadWait,   // waiting for a block from the card
    kReadDrain,  // a block waits for the processor or for DMA
    kWriteFill,  // waiting for a block from the processor or from DMA
    kWriteSend,  // a block is on its way to the card
    kWriteBusy,  // the card holds DAT0 after a block
    kBusy,       // the card holds DAT0 after a command, or the Auto CMD12 is on its way
    kFailed,     // an error ended it: only a reset of the data line helps
  };
  enum class Moved : uint8_t { kAll, kPaused, kFailed };
  enum class Automatic : uint8_t { kNone, kSetBlockCount, kStop };

  // Registers (sdmmc_model.cc).
  uint32_t read_word(uint32_t offset) const;
  void write_word(uint32_t offset, uint32_t value, uint32_t mask);
  void write_extra(uint32_t offset, uint32_t value, uint32_t mask);
  void write_host_control(uint32_t value, uint32_t mask);
  void write_clock_and_reset(uint32_t value, uint32_t mask);
  uint32_t present_state() const;
  void software_reset(uint32_t bits);
  void reset_command_line();
  void reset_data_line();
  void raise(uint32_t normal);
  void raise_error(uint32_t errors);
  void update_irq();
  void settle();
  bool card_inserted() const;
  void note_insertion(bool before);

  // Commands and data (sdmmc_transfer.cc).
  void issue();
  void start_command();
  void command_done();
  uint8_t automatic_index() const;
  void automatic_done(const EmmcModel::Response& response);
  uint32_t response_errors(const EmmcModel::Response& response, unsigned type, uint8_t index) const;
  void start_data();
  void data_event();
  void block_arrived();
  void block_sent();
  void next_block();
  void begin_fill();
  void send_block();
  void finish_transfer();
  void end_transfer();
  void wait_for_card();
  void transfer_complete();
  void data_failed(uint32_t errors);
  void timed_out();
  void card_released();
  uint32_t read_port(unsigned width);
  void write_port(uint32_t value, unsigned width);
  void arm_block(base::model::Time extra = 0);
  void arm_timeout();
  EmmcModel::Bus bus() const;
  uint32_t block_size() const;

  // DMA (sdmmc_dma.cc).
  bool dma_enabled() const;
  bool adma_selected() const;
  void start_dma();
  Moved move();
  Moved move_sdma();
  Moved move_adma();
  Moved end_adma();
  Moved fetch_descriptor();
  Moved adma_failed(uint8_t state);
  bool transfer(uint32_t address, std::span<std::byte> bytes);
  void continue_dma();
  void moved(Moved result);

  base::model::World& world_;
  base::model::Bus& memory_;
  base::model::Line& irq_;
  SdmmcClocks clocks_;
  EmmcModel* card_;
  bool card_detect_ = false;

  // Registers, by the datasheet's names.
  uint32_t ssar_ = 0, arg1r_ = 0, ca0r_ = 0, ca1r_ = 0, asar_ = 0, calcr_ = 0, acr_ = 0;
  uint16_t bsr_ = 0, bcr_ = 0, tmr_ = 0, cr_ = 0, ccr_ = 0, nistr_ = 0, eistr_ = 0, nister_ = 0,
           eister_ = 0, nisier_ = 0, eisier_ = 0, acesr_ = 0, hc2r_ = 0;
  uint8_t hc1r_ = 0, pcr_ = 0, bgcr_ = 0, wcr_ = 0, tcr_ = 0, srr_ = 0, aesr_ = 0, mc1r_ = 0,
          cc2r_ = 0, tuncr_ = 0;
  bool capabilities_writable_ = false;
  std::array<uint32_t, 4> rr_{};
  std::array<uint16_t, 8> pvr_{};

  // The command under way.
  bool command_active_ = false;
  bool command_stalled_ = false;  // no SDCLK: it goes on when the clock does
  Automatic automatic_ = Automatic::kNone;

  // The data transfer under way.
  Phase phase_ = Phase::kNone;
  bool reading_ = false;
  bool data_stalled_ = false;
  std::vector<std::byte> block_;
  size_t block_at_ = 0;

  // ADMA2: the descriptor in use.
  bool descriptor_end_ = false, descriptor_interrupt_ = false;
  bool dma_ending_ = false;  // all data moved, the rest of the table is being read
  uint32_t descriptor_address_ = 0, descriptor_left_ = 0;

  base::model::Event command_event_, data_event_, timeout_event_, clock_event_, reset_event_,
      calibration_event_, dma_event_;
};

}  // namespace drivers::sdmmc
