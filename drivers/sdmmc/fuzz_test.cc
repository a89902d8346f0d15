// Guests do the strangest things; the models must outlive all of them.
#include <gtest/gtest.h>

#include <random>

#include "drivers/sdmmc/test_bench.h"

namespace drivers::sdmmc {
namespace {

using base::model::kMicrosecond, base::model::kMillisecond;

constexpr uint8_t kCommands[] = {0,  1,  2,  3,  5,  6,  7,  8,  9,  10, 12, 13, 15,
                                 16, 17, 18, 23, 24, 25, 35, 36, 38, 42, 55, 63};

TEST(EmmcFuzz, RandomCommandStreamsNeverBreakTheCard) {
  std::mt19937 random(42);
  for (int round = 0; round < 40; ++round) {
    base::model::ManualWorld world;
    MemoryStorage user(1 << 20), boot1(128 << 10), boot2(128 << 10);
    EmmcModel card(world, user, {&boot1, &boot2});
    card.set_power(true);
    if (round % 2) (void)card.rom_attach();
    std::array<std::byte, 512> block{};
    for (int i = 0; i < 3000; ++i) {
      const EmmcModel::Bus bus{.hz = random() % 3 ? 400'000u : 52'000'000u,
                               .width = 1u << random() % 4};
      const uint32_t argument = random() % 2   ? static_cast<uint32_t>(random() % 4096)
                                : random() % 2 ? 1u << 16
                                               : static_cast<uint32_t>(random());
      switch (random() % 16) {
        default:
          (void)card.command(kCommands[random() % std::size(kCommands)], argument, bus);
          break;
        case 10:
        case 11:
          (void)card.read_block(block, bus);
          break;
        case 12:
        case 13:
          (void)card.write_block(block, bus);
          break;
        case 14:
          world.advance(random() % kMillisecond);
          break;
        case 15:
          card.faults.stuck_busy = random() % 16 == 0;
          card.faults.worn_out = random() % 8 == 0;
          card.faults.write_protected = random() % 8 == 0;
          card.faults.bad_responses = random() % 2;
          if (random() % 16 == 0) card.set_power(random() % 4 != 0);
          if (random() % 16 == 0) card.hardware_reset();
          break;
      }
      ASSERT_LE(card.unprogrammed(), EmmcConfig{}.buffer_blocks);
    }
    // Whatever happened, a power cycle gives a working card.
    card.faults = {};
    card.set_power(false);
    card.set_power(true);
    ASSERT_TRUE(card.rom_attach());
    ASSERT_TRUE(card.rom_read(0, block));
  }
}

TEST(SdmmcFuzz, RandomRegisterTrafficNeverBreaksTheController) {
  std::mt19937 random(43);
  constexpr uint32_t kInteresting[] = {0x00, 0x04, 0x06, 0x08, 0x0c, 0x0e,  0x0f,  0x20, 0x24,
                                       0x28, 0x29, 0x2c, 0x2d, 0x2e, 0x2f,  0x30,  0x32, 0x34,
                                       0x36, 0x38, 0x50, 0x52, 0x58, 0x204, 0x230, 0x240};
  for (int round = 0; round < 30; ++round) {
    Bench bench(256 << 10);
    if (round % 3) ASSERT_TRUE(bench.emmc.start());
    for (auto& byte : bench.memory.bytes().first(512)) byte = static_cast<std::byte>(random());
    for (int i = 0; i < 4000; ++i) {
      const unsigned width = 1u << random() % 3;
      const uint32_t offset = (random() % 4 ? kInteresting[random() % std::size(kInteresting)]
                                            : static_cast<uint32_t>(random() % 0x400)) &
                              ~(width - 1);
      auto value = static_cast<uint32_t>(random());
      if (offset == 0x58 || offset == 0) value = kTableAddress + value % 512;
      if (offset == 0x0c && width == 4)  // a plausible command more often than not
        value = uint32_t{kCommands[random() % std::size(kCommands)]} << 24 | (value & 0x3b'003f);
      if (random() % 8 == 0)
        bench.world.advance(random() % (3 * kMillisecond));
      else if (random() % 3)
        bench.model.store(offset, value, width);
      else
        (void)bench.model.load(offset, width);
      if (random() % 256 == 0) bench.gclk.rate = random() % 2 ? 246'000'000 : 0;
      if (random() % 256 == 0) bench.bus.rate = random() % 4 ? 82'000'000 : 0;
      if (random() % 512 == 0) bench.card.set_power(random() % 4 != 0);
    }
    // A driver that comes after all this finds controller and card in order.
    bench.gclk.rate = 246'000'000;
    bench.bus.rate = 82'000'000;
    bench.card.set_power(false);
    bench.card.set_power(true);
    ASSERT_TRUE(bench.emmc.start()) << "round " << round;
    ASSERT_TRUE(bench.emmc.write(0, pattern(512)));
  }
}

}  // namespace
}  // namespace drivers::sdmmc
