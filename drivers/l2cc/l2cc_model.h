// The L2 cache controller's registers. There is no cache behind them: memory below the processor is
// always coherent on the virtual board.
#pragma once

#include <array>
#include <cstdint>

#include "drivers/apb/word_model.h"

namespace drivers::l2cc {

/// Operations on lines are done at once, as the atomic operations they are. One by way goes on in
/// the background for as long as its lines take; until then its bits read as ones, cache sync reads
/// busy, and every other maintenance operation is ignored and counted as an error (the chip answers
/// with a slave error). The event counters read 0.
class L2ccModel final : public apb::WordModel {
 public:
  /// `clock` is the processor's.
  L2ccModel(base::model::World& world, base::model::ClockSource& clock);
  ~L2ccModel() override;
  void reset();

  bool enabled() const { return control_ & 1; }
  /// For tests of software: operations on lines, operations by way, and accesses that the chip
  /// would have answered with a slave error.
  uint64_t line_operations() const { return line_operations_; }
  uint64_t way_operations() const { return way_operations_; }
  uint64_t errors() const { return errors_; }

 protected:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value) override;

 private:
  base::model::World& world_;
  base::model::ClockSource& clock_;
  base::model::Event event_;
  std::array<uint32_t, 0x1000 / 4> words_{};
  uint32_t control_ = 0;
  uint32_t busy_offset_ = 0, busy_ways_ = 0;
  uint64_t line_operations_ = 0, way_operations_ = 0, errors_ = 0;
};

}  // namespace drivers::l2cc
