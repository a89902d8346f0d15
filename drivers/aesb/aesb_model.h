// An AES bridge between the core and the DDR memory's second window.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "base/model/world.h"
#include "drivers/apb/word_model.h"

namespace drivers::aesb {

/// The datasheet does not say how the bridge makes counters of addresses; here the address of a
/// block is added to the initialization vector. The manual modes, in which the registers encrypt,
/// are not modelled: nothing becomes ready.
class AesbModel final : public apb::WordModel {
 public:
  /// `seed`: of the noise that stands for a key that nobody wrote.
  AesbModel(base::model::ClockSource& clock, uint64_t seed);
  void reset();

  /// Whether the window is there. Without it accesses to it hit nothing.
  bool open() const;
  /// Encrypts or decrypts what stands at `address` of the window; both are the same. While the key
  /// or the vector has not been written whole, no two calls do the same: what was written is lost.
  void cross(uint32_t address, std::span<std::byte> data);
  /// Told before the window closes or its key changes, while cross() still knows the old one.
  std::function<void()> before_change;

 protected:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value) override;

 private:
  using Block = std::array<uint32_t, 4>;
  bool keyed() const { return keys_written_ == 0xf && vectors_written_ == 0xf; }
  void announce();

  base::model::ClockSource& clock_;
  const uint64_t seed_;
  uint64_t noise_ = 0;  // draws so far
  uint32_t mode_ = 0;
  bool unlocked_ = false;
  Block key_{}, vector_{};
  uint8_t keys_written_ = 0, vectors_written_ = 0;  // a bit for each word
};

}  // namespace drivers::aesb
