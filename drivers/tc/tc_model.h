// One timer block: three 32-bit channels counting virtual time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "drivers/apb/word_model.h"

namespace drivers::tc {

/// Counting, comparing, overflow and their interrupts, in both modes and all four waveform shapes.
/// The pins TIOA/TIOB, the external clocks, capture, the burst gate, the quadrature decoder and the
/// fault mode are not there: their registers hold what is written and nothing comes of it.
class TcModel final : public apb::WordModel {
 public:
  /// `bus` is the block's peripheral clock, `generic` its GCLK (TIMER_CLOCK1), `slow` TIMER_CLOCK5.
  /// `interrupt` is the one line that the three channels share.
  TcModel(base::model::World& world, base::model::ClockSource& bus,
          base::model::ClockSource& generic, base::model::ClockSource& slow,
          base::model::Line& interrupt);
  ~TcModel() override;
  void reset();

 protected:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value) override;

 private:
  struct Channel {
    Channel(base::model::World& world, std::function<void()> action)
        : counter(world), event(std::move(action)) {}
    apb::CycleCounter counter;
    base::model::Event event;
    uint32_t mode = 0, stepper = 0, a = 0, b = 0, c = 0, extended = 0;
    uint32_t status = 0, mask = 0;
    uint64_t phase = 0;    // counts since the counter was last at 0, within one period
    bool enabled = false;  // CLKSTA
    bool running = false;  // triggered, and not stopped by RC
  };

  uint64_t period(const Channel& channel) const;
  uint32_t count(const Channel& channel) const;
  /// Cycles from the present phase to the next time that status bit `bit` is set; 0: never.
  uint64_t distance(const Channel& channel, uint32_t bit) const;
  void advance(Channel& channel);
  void run(Channel& channel, uint64_t cycles);
  void retune(Channel& channel);
  void trigger(Channel& channel);
  void control(Channel& channel, uint32_t value);
  void update(Channel& channel);
  void clocks_changed();

  base::model::World& world_;
  base::model::ClockSource& bus_;
  base::model::ClockSource& generic_;
  base::model::ClockSource& slow_;
  base::model::Line& interrupt_;
  apb::WriteProtection protection_;
  std::array<std::unique_ptr<Channel>, 3> channels_;
  uint32_t block_mode_ = 0, fault_mode_ = 0;
};

}  // namespace drivers::tc
