// Time from a 32-bit up-counter with one compare register: what every port's timer amounts to.
#pragma once

#include <cstdint>

namespace kernel::soc {

/// A ratio as a whole part and a 32-bit fraction, so that scaling needs no division.
struct Ratio {
  uint32_t whole = 0, fraction = 0;
  static consteval Ratio of(uint64_t numerator, uint64_t denominator) {
    return {static_cast<uint32_t>(numerator / denominator),
            static_cast<uint32_t>((numerator % denominator << 32) / denominator)};
  }
  constexpr uint64_t scale(uint64_t value) const {
    return value * whole + ((value & 0xffff'ffff) * fraction >> 32) + (value >> 32) * fraction;
  }
};

/// `Hardware` has read(), the counter, and compare(value), after which the interrupt comes when the
/// counter equals `value`.
template <class Hardware, uint32_t Hertz>
class Counter {
 public:
  explicit constexpr Counter(Hardware hardware) : hardware_(hardware) {}

  uint64_t now() {
    const uint32_t count = hardware_.read();
    if (count < last_) high_ += uint64_t{1} << 32;
    last_ = count;
    return kNanoseconds.scale(high_ | count);
  }

  /// The interrupt comes at `deadline` or a little later; a far one early, so that now() never
  /// misses a whole turn of the counter.
  void set(uint64_t deadline) {
    const uint64_t present = now();
    const uint64_t span = deadline > present ? deadline - present : 0;
    uint32_t ticks = span >= kFarthest ? kFarTicks : static_cast<uint32_t>(kTicks.scale(span)) + 1;
    // The counter runs on while we write; give it more room until it has not passed.
    for (uint32_t least = 2; least < 1 << 16; least *= 2) {
      if (ticks < least) ticks = least;
      const uint32_t from = hardware_.read();
      hardware_.compare(from + ticks);
      if (hardware_.read() - from < ticks) return;
    }
  }

 private:
  static constexpr Ratio kNanoseconds = Ratio::of(1'000'000'000, Hertz);
  static constexpr Ratio kTicks = Ratio::of(Hertz, 1'000'000'000);
  static constexpr uint32_t kFarTicks = 0x7000'0000;
  static constexpr uint64_t kFarthest = kNanoseconds.scale(kFarTicks);

  Hardware hardware_;
  uint64_t high_ = 0;
  uint32_t last_ = 0;
};

}  // namespace kernel::soc
