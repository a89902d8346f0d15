// The pins: what software makes of them, what the board does to them.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

#include "drivers/apb/word_model.h"
#include "drivers/pio/pio_regs.h"

namespace drivers::pio {

/// A pin's level is what the chip drives (as GPIO output), else what the board drives, else what
/// the pull makes of it; an open pin without one keeps its last level. Where both drive, the chip
/// wins. A pin given to a peripheral counts as not driven by the chip: the peripheral's model talks
/// to the board itself, which asks function() whether the pin lets it.
class PioModel final : public apb::WordModel {
 public:
  static constexpr unsigned kLines = 32;
  using Function = Regs::Cfgr::Function;
  using Listener = std::function<void(bool level)>;

  /// `clock` is peripheral 18's, for all banks; the interrupts are those of banks A to D.
  PioModel(base::model::ClockSource& clock, std::array<base::model::Line*, kBanks> interrupts);
  /// Every pin an input with pull-up and Schmitt trigger, as the chip comes out of reset.
  void reset();

  /// What the board drives; nothing: it lets go.
  void set_input(unsigned bank, unsigned line, std::optional<bool> level);
  /// `listener` hears every change of the pin's level, whoever made it.
  void listen(unsigned bank, unsigned line, Listener listener);
  bool level(unsigned bank, unsigned line) const { return banks_[bank].levels >> line & 1; }
  Function function(unsigned bank, unsigned line) const;
  /// A peripheral holds the pin: PIO_LOCKSR shows it and its configuration cannot be changed.
  void set_locked(unsigned bank, unsigned line, bool locked);

 protected:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value) override;

 private:
  struct Bank {
    std::array<uint32_t, kLines> config{};
    std::array<Listener, kLines> listeners;
    uint32_t selected = 0, output = 0, levels = 0, mask = 0, status = 0, locked = 0;
    uint32_t frozen = 0, events_frozen = 0;
    uint32_t driven = 0, driven_high = 0;  // by the board
  };

  std::optional<bool> resolve(const Bank& bank, unsigned line) const;
  void settle(Bank& bank);
  void configure(Bank& bank, uint32_t value);
  void freeze(Bank& bank, uint32_t value);
  uint32_t level_events(const Bank& bank) const;
  void update(Bank& bank);

  base::model::ClockSource& clock_;
  std::array<base::model::Line*, kBanks> interrupts_;
  apb::WriteProtection protection_;
  std::array<Bank, kBanks> banks_;
  uint32_t slow_divider_ = 0;
};

}  // namespace drivers::pio
