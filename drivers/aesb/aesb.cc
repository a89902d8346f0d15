#include "drivers/aesb/aesb.h"

namespace drivers::aesb {

void Aesb::protect(std::span<const uint32_t, 4> key, std::span<const uint32_t, 4> vector) {
  regs_.write(Regs::Cr::kReset(true));
  regs_.write(Regs::Mr::kBridge(true) | Regs::Mr::kTwoBuffers(true) |
              Regs::Mr::kStart(Regs::Mr::kAutomatic) | Regs::Mr::kMode(Regs::Mr::kCounter) |
              Regs::Mr::kKey(Regs::Mr::kPassword));
  for (unsigned i = 0; i < 4; ++i) {
    regs_.write(base::mmio::Value<Regs::Keywr>{key[i]}, i);
  }
  for (unsigned i = 0; i < 4; ++i) {
    regs_.write(base::mmio::Value<Regs::Ivr>{vector[i]}, i);
  }
}

}  // namespace drivers::aesb
