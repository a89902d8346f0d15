// The clock tree: oscillators and PLLs that take their time to start, and the clocks that every
// other model asks for.
#pragma once

#include <array>
#include <cstdint>

#include "drivers/apb/word_model.h"

namespace drivers::pmc {

/// What the board brings.
struct Oscillators {
  uint64_t crystal_hz = 24'000'000;
  uint64_t rc_hz = 12'000'000;
};

/// The chip keeps running on what it has until what was asked for is there:
/// - A change of CKGR_MOR.MOSCSEL takes effect (and sets MOSCSELS) once the oscillator is stable.
/// - A change of PMC_MCKR takes effect (and sets MCKRDY) after the switch's delay. While the PLL
/// that
///   it selects is not locked, processor and buses run on the slow clock and MCKRDY stays clear; so
///   they do when a PLL in use is reprogrammed or its input changes.
/// - Were the selected oscillator switched off, the chip would stand still until a reset. Here the
///   processor goes on at the slow clock, so that cpu().hz() is never 0.
class PmcModel final : public apb::WordModel {
 public:
  static constexpr unsigned kPeripherals = 128;

  PmcModel(base::model::World& world, base::model::ClockSource& slow, base::model::Line& interrupt,
           Oscillators oscillators = {});
  ~PmcModel() override;
  /// The state after any reset: on the RC oscillator, every peripheral clock off.
  void reset();

  base::model::ClockSource& main() { return main_; }
  base::model::ClockSource& cpu() { return cpu_; }
  /// MCK, the 64-bit matrix and its peripherals.
  base::model::ClockSource& mck() { return mck_; }
  /// The 32-bit matrix and its peripherals.
  base::model::ClockSource& h32mx() { return h32mx_; }
  /// MCK as the DDR controller gets it: 0 while PMC_SCSR.DDRCK is off or MDIV is 1.
  base::model::ClockSource& ddr() { return ddr_; }
  /// A peripheral's bus clock, by its identifier; second interrupts share their block's clock.
  base::model::ClockSource& peripheral(unsigned pid);
  base::model::ClockSource& generic(unsigned pid);

 protected:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value) override;

 private:
  class Node : public base::model::ClockSource {
   public:
    uint64_t hz() const override { return hz_; }
    void prepare(uint64_t hz) { next_ = hz; }
    bool commit() {
      const bool differs = hz_ != next_;
      hz_ = next_;
      return differs;
    }
    void announce() { changed(); }

   private:
    uint64_t hz_ = 0, next_ = 0;
  };

  base::model::Time slow_cycles(uint64_t cycles) const;
  void write_main_oscillator(uint32_t value);
  void write_master(uint32_t value);
  void write_peripheral(uint32_t value);
  void start_main_switch();
  void main_changed();
  void start_plla();
  void restart_measurement();
  uint32_t measured() const;
  bool source_ready(uint32_t mckr) const;
  uint64_t source_hz(uint32_t mckr) const;
  uint64_t plla_hz() const;
  uint64_t generic_hz(unsigned pid) const;
  uint32_t status() const;
  uint32_t gated_bits(unsigned first) const;
  void gate(unsigned first, uint32_t bits, bool on);
  /// Works out every clock anew, tells those whose rate changed, and drives the interrupt.
  void settle();

  base::model::World& world_;
  base::model::ClockSource& slow_;
  base::model::Line& interrupt_;
  const Oscillators oscillators_;
  apb::WriteProtection protection_;

  uint32_t system_ = 0, mor_ = 0, mcfr_ = 0, pllar_ = 0, mckr_ = 0, uckr_ = 0, mask_ = 0;
  std::array<uint32_t, 0x160 / 4> stored_{};  // registers without behaviour here
  std::array<uint32_t, kPeripherals> pcr_{};
  unsigned shown_ = 0;  // the peripheral that PMC_PCR reads

  bool crystal_stable_ = false, rc_stable_ = false, on_crystal_ = false, main_switching_ = false;
  bool plla_locked_ = false, upll_locked_ = false, generic_settling_ = false;
  uint32_t effective_mckr_ = 0;
  bool master_switching_ = false;
  base::model::Time measured_from_ = 0;

  base::model::Event crystal_event_, rc_event_, main_event_, plla_event_, upll_event_,
      master_event_, generic_event_;
  Node main_, cpu_, mck_, h32mx_, ddr_;
  std::array<Node, kPeripherals> bus_, generic_;
};

}  // namespace drivers::pmc
