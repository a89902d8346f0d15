// Random numbers for address layouts: ChaCha20 (RFC 8439) keyed by the boot chain's seed.
#pragma once

#include <array>
#include <cstdint>

namespace kernel {

/// ChaCha20's block function: 64 bytes of its key stream.
std::array<uint32_t, 16> chacha20_block(const std::array<uint32_t, 8>& key, uint32_t counter,
                                        const std::array<uint32_t, 3>& nonce);

/// Each block's first half is the next block's key, so that what was drawn cannot be worked out
/// from what is in memory later.
class Random {
 public:
  static constexpr unsigned kDraw = 8;

  /// A seed of zeros keys nothing: draw() then gives zeros.
  void key(const std::array<uint32_t, kDraw>& seed);
  bool is_keyed() const { return keyed_; }
  std::array<uint32_t, kDraw> draw();
  /// Works out what the next draw() gives, which is most of its time.
  void prepare();
  bool is_prepared() const { return prepared_ || !keyed_; }

 private:
  std::array<uint32_t, 8> key_{};
  std::array<uint32_t, kDraw> drawn_{};
  bool keyed_ = false;
  bool prepared_ = false;
};

/// A number below `limit` from 32 random bits; 0 from 0. The odds differ by at most limit / 2^32.
constexpr uint32_t below(uint32_t bits, uint32_t limit) {
  return static_cast<uint32_t>(uint64_t{bits} * limit >> 32);
}

}  // namespace kernel
