#include "bringup/applets/flash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/crc32.h"
#include "drivers/sdmmc/test_bench.h"

namespace bringup::applets {
namespace {

using base::Code;
using drivers::sdmmc::Bench;
using drivers::sdmmc::kDataAddress, drivers::sdmmc::kMemoryBase, drivers::sdmmc::pattern;
using Op = FlashOperation;

uint32_t crc_of(std::span<const std::byte> bytes) {
  base::Crc32 crc;
  crc.add(bytes);
  return crc.value();
}

struct FlashTest : testing::Test, Bench, Memory {
  std::span<std::byte> view(uint32_t address, uint32_t size) override {
    const auto all = memory.bytes();
    if (address < kMemoryBase || size > all.size() || address - kMemoryBase > all.size() - size)
      return {};
    return all.subspan(address - kMemoryBase, size);
  }
  Answer call(Op operation, uint32_t a = 0, uint32_t b = 0, uint32_t c = 0) {
    return flash.call({.operation = static_cast<uint32_t>(operation), .a = a, .b = b, .c = c});
  }
  Code code(const Answer& answer) {
    EXPECT_EQ(answer.error.word ? answer.a : 0, 0u) << "no result goes with an error";
    return answer.error.word ? answer.error.code() : Code{};
  }
  void init() { ASSERT_EQ(call(Op::kInit).error.word, 0u); }
  static constexpr Code kDone{};

  static constexpr uint32_t kScratch = kDataAddress + (4 << 20);
  Flash flash{emmc, *this, {.address = kScratch, .size = 16 * 1024}};
};

TEST_F(FlashTest, InitAnswersTheSizeOfTheCard) {
  const Answer answer = call(Op::kInit);
  EXPECT_EQ(answer.error.word, 0u);
  EXPECT_EQ(answer.a, 8192u);
}

TEST_F(FlashTest, AWrittenImageReadsBackWithItsSum) {
  init();
  const auto image = pattern(3 << 20);
  std::ranges::copy(image, data(image.size()).begin());
  const uint32_t blocks = static_cast<uint32_t>(image.size() / 512);
  EXPECT_EQ(code(call(Op::kWrite, kDataAddress, 17, blocks)), kDone);
  EXPECT_TRUE(std::ranges::equal(user.bytes().subspan(17 * 512, image.size()), image));
  EXPECT_EQ(call(Op::kCardCrc, 0, 17, blocks).a, crc_of(image));
  EXPECT_EQ(call(Op::kMemoryCrc, kDataAddress, 0, static_cast<uint32_t>(image.size())).a,
            crc_of(image));
  std::ranges::fill(data(image.size()), std::byte{0});
  EXPECT_EQ(code(call(Op::kRead, kDataAddress, 17, blocks)), kDone);
  EXPECT_TRUE(std::ranges::equal(data(image.size()), image));
}

TEST_F(FlashTest, TheSumOfAnyStretchIsTheUsualCrc32) {
  init();
  const auto bytes = pattern(4096);
  std::ranges::copy(bytes, data(4096).begin());
  for (uint32_t from = 0; from < 9; ++from)
    for (const uint32_t size : {1u, 2u, 3u, 4u, 5u, 63u, 64u, 1000u})
      EXPECT_EQ(call(Op::kMemoryCrc, kDataAddress + from, 0, size).a,
                crc_of(std::span(bytes).subspan(from, size)));
}

TEST_F(FlashTest, OneWrongByteChangesTheCardsSum) {
  init();
  const uint32_t before = call(Op::kCardCrc, 0, 0, 8192).a;
  user.bytes()[123'456] ^= std::byte{1};
  EXPECT_NE(call(Op::kCardCrc, 0, 0, 8192).a, before);
}

TEST_F(FlashTest, EraseLeavesZerosAndNothingElse) {
  init();
  std::ranges::fill(user.bytes(), std::byte{0x77});
  EXPECT_EQ(code(call(Op::kErase, 0, 1, 8190)), kDone);
  EXPECT_EQ(std::ranges::count(user.bytes(), std::byte{0x77}), 1024);
  EXPECT_EQ(std::ranges::count(user.bytes(), std::byte{0}), 8190 * 512);
}

TEST_F(FlashTest, EverythingButSumsOfMemoryNeedsInitFirst) {
  EXPECT_EQ(code(call(Op::kWrite, kDataAddress, 0, 1)), Code::kNotFound);
  EXPECT_EQ(code(call(Op::kRead, kDataAddress, 0, 1)), Code::kNotFound);
  EXPECT_EQ(code(call(Op::kCardCrc, 0, 0, 1)), Code::kNotFound);
  EXPECT_EQ(code(call(Op::kErase, 0, 0, 1)), Code::kNotFound);
  EXPECT_EQ(code(call(Op::kMemoryCrc, kDataAddress, 0, 1)), kDone);
}

TEST_F(FlashTest, NonsenseIsInvalidAndNamesTheFlasher) {
  init();
  for (const Call& bad :
       {Call{.operation = 6}, Call{.operation = ~0u}, Call{.operation = 1, .a = 0, .b = 0, .c = 1},
        Call{.operation = 1, .a = kDataAddress, .b = 0, .c = 0},
        Call{.operation = 1, .a = kDataAddress, .b = 0, .c = ~0u},
        Call{.operation = 2, .a = 0xffff'ff00, .b = 0, .c = 1},
        Call{.operation = 4, .a = 0, .b = 0, .c = 16},
        Call{.operation = 4, .a = kDataAddress, .b = 0, .c = 0},
        Call{.operation = 3, .a = 0, .b = 0, .c = 0}}) {
    const Answer answer = flash.call(bad);
    EXPECT_EQ(code(answer), Code::kInvalid) << bad.operation;
    EXPECT_EQ(answer.error.module(), 61) << bad.operation;
  }
}

TEST_F(FlashTest, OutsideTheCardIsInvalid) {
  init();
  EXPECT_EQ(code(call(Op::kWrite, kDataAddress, 8192, 1)), Code::kInvalid);
  EXPECT_EQ(code(call(Op::kCardCrc, 0, 8190, 3)), Code::kInvalid);
  EXPECT_EQ(code(call(Op::kErase, 0, 0, 8193)), Code::kInvalid);
}

TEST_F(FlashTest, MissingCardsStuckCardsAndBadLinesAreNamed) {
  card.set_power(false);
  EXPECT_EQ(code(call(Op::kInit)), Code::kNotFound);
  card.set_power(true);
  init();

  card.faults.bad_write_blocks = 1;
  EXPECT_EQ(code(call(Op::kWrite, kDataAddress, 0, 64)), Code::kDataLoss);
  card.faults.bad_read_blocks = 1;
  EXPECT_EQ(code(call(Op::kRead, kDataAddress, 0, 64)), Code::kDataLoss);
  card.faults.bad_read_blocks = 1;
  EXPECT_EQ(code(call(Op::kCardCrc, 0, 0, 64)), Code::kDataLoss);
  card.faults.unreadable = {40};
  EXPECT_EQ(code(call(Op::kCardCrc, 0, 0, 64)), Code::kDataLoss);
  card.faults.unreadable = {};
  EXPECT_EQ(code(call(Op::kCardCrc, 0, 0, 64)), kDone) << "none of this lasts";

  card.faults.stuck_busy = true;
  EXPECT_EQ(code(call(Op::kWrite, kDataAddress, 0, 64)), Code::kTimeout);
  card.faults.dead = true;
  EXPECT_EQ(code(call(Op::kRead, kDataAddress, 0, 1)), Code::kTimeout);
}

TEST_F(FlashTest, UnwritableMediaAreNamed) {
  init();
  card.faults.write_protected = true;
  EXPECT_EQ(code(call(Op::kWrite, kDataAddress, 0, 64)), Code::kDenied);
  EXPECT_EQ(code(call(Op::kErase, 0, 0, 64)), Code::kDenied);
  card.faults = {};
  card.faults.worn_out = true;
  EXPECT_EQ(code(call(Op::kWrite, kDataAddress, 0, 64)), Code::kDataLoss);
  EXPECT_EQ(code(call(Op::kErase, 0, 0, 64)), Code::kDataLoss);
}

}  // namespace
}  // namespace bringup::applets
