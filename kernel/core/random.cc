#include "kernel/core/random.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace kernel {
namespace {
[[gnu::always_inline]] inline void quarter_round(uint32_t& a, uint32_t& b, uint32_t& c,
                                                 uint32_t& d) {
  a += b, d = std::rotl(d ^ a, 16);
  c += d, b = std::rotl(b ^ c, 12);
  a += b, d = std::rotl(d ^ a, 8);
  c += d, b = std::rotl(b ^ c, 7);
}
}  // namespace

std::array<uint32_t, 16> chacha20_block(const std::array<uint32_t, 8>& key, uint32_t counter,
                                        const std::array<uint32_t, 3>& nonce) {
  std::array<uint32_t, 16> start{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  std::ranges::copy(key, start.begin() + 4);
  start[12] = counter;
  std::ranges::copy(nonce, start.begin() + 13);
  std::array<uint32_t, 16> x = start;
  for (unsigned round = 0; round < 10; ++round) {
    quarter_round(x[0], x[4], x[8], x[12]);
    quarter_round(x[1], x[5], x[9], x[13]);
    quarter_round(x[2], x[6], x[10], x[14]);
    quarter_round(x[3], x[7], x[11], x[15]);
    quarter_round(x[0], x[5], x[10], x[15]);
    quarter_round(x[1], x[6], x[11], x[12]);
    quarter_round(x[2], x[7], x[8], x[13]);
    quarter_round(x[3], x[4], x[9], x[14]);
  }
  for (unsigned i = 0; i < 16; ++i) x[i] += start[i];
  return x;
}

void Random::key(const std::array<uint32_t, kDraw>& seed) {
  key_ = seed;
  keyed_ = std::ranges::any_of(seed, [](uint32_t word) { return word != 0; });
}

void Random::prepare() {
  if (is_prepared()) return;
  std::array<uint32_t, 16> block = chacha20_block(key_, 0, {});
  std::copy_n(block.begin(), key_.size(), key_.begin());
  std::copy_n(block.begin() + key_.size(), kDraw, drawn_.begin());
  prepared_ = true;
}

std::array<uint32_t, Random::kDraw> Random::draw() {
  prepare();
  prepared_ = false;
  return std::exchange(drawn_, {});
}

}  // namespace kernel
