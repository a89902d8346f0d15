#include "drivers/trng/trng.h"

#include <algorithm>

#include "base/modules.h"

namespace drivers::trng {
namespace {

using namespace std::chrono_literals;

constexpr uint8_t kModule = base::module_number("drivers/trng/trng.cc");
constexpr auto kWordLimit = 100us;  // a word takes a few microseconds; longer means no clock

}  // namespace

Trng::Trng(base::mmio::Block<Regs> regs, base::Clock& clock) : regs_(regs), clock_(clock) {
  regs_.write(Regs::Cr::kKey(Regs::Cr::kPassword) | Regs::Cr::kEnable(true));
}

Trng::~Trng() {
  regs_.write(Regs::Cr::kKey(Regs::Cr::kPassword) | Regs::Cr::kEnable(false));
}

base::Result<uint32_t> Trng::next() {
  if (failed_) return FAIL(kDataLoss);
  const bool ready = base::wait_until(
      clock_, kWordLimit, [&] { return regs_.take<Regs::Isr>().has(Regs::Isr::kDataReady); });
  if (!ready) return FAIL(kTimeout);

  const uint32_t word = regs_.read<Regs::Odata>().bits;
  // Repetition test: two equal words in a row mean a stuck source far more often than chance.
  failed_ = word == previous_;
  if (failed_) return FAIL(kDataLoss);
  previous_ = word;
  return word;
}

base::Result<void> Trng::fill(std::span<uint32_t> out) {
  for (uint32_t& slot : out) {
    auto word = next();
    if (!word) {
      std::ranges::fill(out, 0u);
      return word.error();
    }
    slot = *word;
  }
  return {};
}

}  // namespace drivers::trng
