#include "firmware/services/bench/series.h"

namespace services::bench {
namespace {
/// Counts wrap: `a` is before `b` when it is less than half a turn back.
bool before(uint32_t a, uint32_t b) {
  return static_cast<int32_t>(a - b) < 0;
}
}  // namespace

void match(std::span<const Look> gaps, std::span<const Look> wakes, uint32_t limit, Sample overhead,
           Series& out) {
  size_t next = 0;
  for (const Look& wake : wakes) {
    while (next < gaps.size() && before(gaps[next].cycles, wake.cycles)) ++next;
    if (next == 0) continue;
    const Look& gap = gaps[next - 1];
    const Sample passed{.instructions = wake.instructions - gap.instructions,
                        .cycles = wake.cycles - gap.cycles};
    if (passed.cycles <= limit) out.add(less(passed, overhead));
  }
}

}  // namespace services::bench
