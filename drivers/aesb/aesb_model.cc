#include "drivers/aesb/aesb_model.h"

#include <nettle/aes.h>

#include <cstring>
#include <random>
#include <vector>

#include "drivers/aesb/aesb_regs.h"

namespace drivers::aesb {
namespace {

constexpr uint32_t kBlock = 16;
using Mode = base::mmio::Value<Regs::Mr>;

void put_big_endian(uint8_t* out, uint32_t value) {
  for (unsigned i = 0; i < 4; ++i) out[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
}

}  // namespace

AesbModel::AesbModel(base::model::ClockSource& clock, uint64_t seed) : clock_(clock), seed_(seed) {}

void AesbModel::reset() {
  announce();
  mode_ = 0;
  unlocked_ = false;
  key_ = vector_ = {};
  keys_written_ = vectors_written_ = 0;
}

bool AesbModel::open() const {
  const Mode mode{mode_};
  return mode.has(Regs::Mr::kBridge) && mode.get(Regs::Mr::kMode) == Regs::Mr::kCounter;
}

void AesbModel::announce() {
  if (open() && before_change) before_change();
}

void AesbModel::cross(uint32_t address, std::span<std::byte> data) {
  Block key = key_, vector = vector_;
  if (!keyed()) {
    std::mt19937_64 random(seed_ + ++noise_);
    for (uint32_t& word : key) word = static_cast<uint32_t>(random());
  }
  std::array<uint8_t, AES128_KEY_SIZE> key_bytes;
  std::memcpy(key_bytes.data(), key.data(), key_bytes.size());
  aes128_ctx aes;
  aes128_set_encrypt_key(&aes, key_bytes.data());
  std::vector<uint8_t> stream(data.size());
  for (uint32_t at = 0; at < stream.size(); at += kBlock) {
    for (unsigned i = 0; i < 3; ++i) put_big_endian(&stream[at + 4 * i], vector[i]);
    put_big_endian(&stream[at + 12], vector[3] + (address + at) / kBlock);
  }
  aes128_encrypt(&aes, stream.size(), stream.data(), stream.data());
  for (size_t i = 0; i < data.size(); ++i) data[i] ^= std::byte{stream[i]};
}

uint32_t AesbModel::read_word(uint32_t offset) {
  if (!clock_.hz()) return 0;
  return offset == Regs::Mr::kOffset ? mode_ & ~Regs::Mr::kKey(0xf).bits : 0;
}

void AesbModel::write_word(uint32_t offset, uint32_t value) {
  if (!clock_.hz()) return;
  const auto put = [&](Block& block, uint8_t& written, uint32_t base) {
    announce();
    block[(offset - base) / 4] = value;
    written |= static_cast<uint8_t>(1 << (offset - base) / 4);
  };
  if (offset == Regs::Cr::kOffset) {
    if (base::mmio::Value<Regs::Cr>{value}.has(Regs::Cr::kReset)) reset();
  } else if (offset == Regs::Mr::kOffset) {
    if (!unlocked_ && Mode{value}.get(Regs::Mr::kKey) != Regs::Mr::kPassword) return;
    announce();
    unlocked_ = true;
    mode_ = value;
  } else if (offset >= Regs::Keywr::kOffset && offset < Regs::Keywr::kOffset + kBlock) {
    put(key_, keys_written_, Regs::Keywr::kOffset);
  } else if (offset >= Regs::Ivr::kOffset && offset < Regs::Ivr::kOffset + kBlock) {
    put(vector_, vectors_written_, Regs::Ivr::kOffset);
  }
}

}  // namespace drivers::aesb
