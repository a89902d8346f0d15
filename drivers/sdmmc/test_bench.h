// What the tests of this folder stand on: a controller with a card, memory for its DMA, and time.
#pragma once

#include <array>
#include <vector>

#include "base/model/bench.h"
#include "drivers/sdmmc/emmc.h"
#include "drivers/sdmmc/sdmmc_model.h"

namespace drivers::sdmmc {

inline constexpr uint32_t kMemoryBase = 0x2000'0000;
inline constexpr uint32_t kTableAddress = kMemoryBase;  // 4 KiB of descriptors
inline constexpr uint32_t kDataAddress = kMemoryBase + 0x1000;

/// A clock that a test can stop or change.
struct SettableClock : base::model::ClockSource {
  explicit SettableClock(uint64_t rate) : rate(rate) {}
  uint64_t hz() const override { return rate; }
  uint64_t rate;
};

struct Bench {
  explicit Bench(size_t card_bytes = 4 << 20, EmmcConfig config = {})
      : user(card_bytes), card(world, user, {&boot1, &boot2}, config) {
    card.set_power(true);
  }

  base::mmio::Block<Regs> regs() { return base::mmio::Block<Regs>(base::mmio::Region(model)); }
  /// The descriptors live in the DMA's memory, as on the device.
  Sdmmc::DmaTable table() {
    auto* first = reinterpret_cast<Descriptor*>(memory.bytes().data());
    return {.descriptors = std::span(first, 64), .address = kTableAddress};
  }
  std::span<std::byte> data(size_t size) { return memory.bytes().subspan(0x1000, size); }

  base::model::ManualWorld world;
  base::model::SteppingClock clock{world};
  base::model::FlatMemory memory{kMemoryBase, 5 << 20};
  base::model::Line irq;
  SettableClock bus{82'000'000}, main{24'000'000}, gclk{246'000'000};
  MemoryStorage user;
  MemoryStorage boot1{128 * 1024}, boot2{128 * 1024};
  EmmcModel card;
  SdmmcModel model{world, memory, irq, {.bus = bus, .base = main, .generated = gclk}, &card};
  Sdmmc host{regs(), clock, 246'000'000};
  Emmc emmc{host, clock, table()};
};

inline std::vector<std::byte> pattern(size_t size, uint32_t seed = 1) {
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) {
    seed = seed * 1'664'525 + 1'013'904'223;
    byte = static_cast<std::byte>(seed >> 24);
  }
  return bytes;
}

}  // namespace drivers::sdmmc
