// What the models of this chip's peripheral-bus blocks share: word registers behind a bridge
// without byte strobes, write protection, and cycle counting without ticking.
#pragma once

#include <cstdint>

#include "base/model/world.h"
#include "base/region.h"

namespace drivers::apb {

/// A block of 32-bit registers. The peripheral bridge knows only whole words: a narrow load is a
/// whole load of which the core keeps its lanes, side effects included; a narrow store writes the
/// whole word with zeros in the other lanes.
class WordModel : public base::mmio::Model {
 public:
  uint32_t load(uint32_t offset, unsigned width) final {
    const uint32_t word = read_word(offset & ~3u);
    if (width == 4) return word;
    return word >> 8 * (offset & 3) & ((1u << 8 * width) - 1);
  }
  void store(uint32_t offset, uint32_t value, unsigned width) final {
    if (width != 4) value = (value & ((1u << 8 * width) - 1)) << 8 * (offset & 3);
    write_word(offset & ~3u, value);
  }

 protected:
  virtual uint32_t read_word(uint32_t offset) = 0;
  virtual void write_word(uint32_t offset, uint32_t value) = 0;
};

/// The WPMR/WPSR pair most blocks have. Bit 0 enables; the key stands in bits 31:8.
class WriteProtection {
 public:
  explicit WriteProtection(uint32_t key) : key_(key) {}
  void reset() { enabled_ = false, status_ = 0; }
  /// Whether a write to the protected register at `offset` is refused. A refusal is remembered.
  bool blocks(uint32_t offset) {
    if (enabled_ && !(status_ & 1)) status_ = 1 | (offset & 0xffff) << 8;
    return enabled_;
  }
  void write_mode(uint32_t value) {
    if (value >> 8 == key_) enabled_ = value & 1;
  }
  uint32_t mode() const { return enabled_; }
  /// WPSR: bit 0 a write was refused, bits 23:8 where. Reading clears it.
  uint32_t take_status() {
    const uint32_t status = status_;
    status_ = 0;
    return status;
  }

 private:
  uint32_t key_;
  bool enabled_ = false;
  uint32_t status_ = 0;
};

/// Counts a clock's cycles from virtual time: exact, without drift, at no cost while nobody looks.
class CycleCounter {
 public:
  explicit CycleCounter(const base::model::World& world) : world_(world) {}

  /// Counts `hz / divider` from now on; cycles not yet taken are forgotten. 0 Hz: stands still.
  void start(uint64_t hz, uint64_t divider = 1) {
    hz_ = hz, divider_ = divider, since_ = world_.now(), taken_ = 0, held_ = false;
  }
  /// Stops, and later goes on, in the middle of a cycle.
  void hold(bool held) {
    if (held == held_) return;
    // While held, `since_` is the time already counted; otherwise the instant it counts from.
    since_ = world_.now() - since_;
    held_ = held;
  }
  void stop() { start(0); }
  bool running() const { return hz_ != 0 && !held_; }

  /// Whole cycles since the last call (or start).
  uint64_t take() {
    if (!hz_) return 0;
    const base::model::Time length = held_ ? since_ : world_.now() - since_;
    const auto scaled = static_cast<unsigned __int128>(length) * hz_;
    const auto total = static_cast<uint64_t>(
        scaled / (static_cast<unsigned __int128>(base::model::kSecond) * divider_));
    const uint64_t fresh = total - taken_;
    taken_ = total;
    return fresh;
  }
  /// The instant by which `cycles` more than those taken will have passed, or kNever.
  base::model::Time after(uint64_t cycles) const {
    if (!hz_ || held_) return base::model::kNever;
    const auto scaled = (static_cast<unsigned __int128>(taken_) + cycles) * base::model::kSecond;
    if (scaled >> 96) return base::model::kNever;
    const auto length = (scaled * divider_ + hz_ - 1) / hz_;
    if (length >= base::model::kNever - since_) return base::model::kNever;
    return since_ + static_cast<base::model::Time>(length);
  }

 private:
  const base::model::World& world_;
  uint64_t hz_ = 0;
  uint64_t divider_ = 1;
  base::model::Time since_ = 0;
  uint64_t taken_ = 0;
  bool held_ = false;
};

}  // namespace drivers::apb
