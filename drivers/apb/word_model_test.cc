#include "drivers/apb/word_model.h"

#include <gtest/gtest.h>

#include "base/model/bench.h"

namespace drivers::apb {
namespace {

using base::model::kMicrosecond;
using base::model::kNever;
using base::model::kSecond;
using base::model::ManualWorld;

struct OneWord : WordModel {
  uint32_t word = 0x44332211;
  unsigned reads = 0;
  uint32_t read_word(uint32_t) override { return ++reads, word; }
  void write_word(uint32_t, uint32_t value) override { word = value; }
};

TEST(WordModel, ANarrowLoadReadsTheWholeWordOnceAndKeepsItsLanes) {
  OneWord model;
  EXPECT_EQ(model.load(2, 1), 0x33u);
  EXPECT_EQ(model.load(2, 2), 0x4433u);
  EXPECT_EQ(model.load(0, 4), 0x44332211u);
  EXPECT_EQ(model.reads, 3u);
}

TEST(WordModel, ANarrowStoreZeroesTheOtherLanes) {
  OneWord model;
  model.store(1, 0xaabbccdd, 1);
  EXPECT_EQ(model.word, 0x0000dd00u);
  model.store(2, 0xaabbccdd, 2);
  EXPECT_EQ(model.word, 0xccdd0000u);
}

TEST(WriteProtection, OnlyTheKeyArmsItAndTheFirstRefusalIsKept) {
  WriteProtection protection(0x504d43);
  protection.write_mode(0x504d42'01);
  EXPECT_FALSE(protection.blocks(0x20));
  protection.write_mode(0x504d43'01);
  EXPECT_TRUE(protection.blocks(0x20));
  EXPECT_TRUE(protection.blocks(0x30));
  EXPECT_EQ(protection.take_status(), 0x2001u);
  EXPECT_EQ(protection.take_status(), 0u);
  protection.write_mode(0x504d43'00);
  EXPECT_FALSE(protection.blocks(0x20));
}

TEST(CycleCounter, CountsExactlyHoweverOftenItIsRead) {
  ManualWorld world;
  CycleCounter counter(world);
  counter.start(32768);
  uint64_t total = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    world.advance(kMicrosecond);
    total += counter.take();
  }
  EXPECT_EQ(total, 32768u);
}

TEST(CycleCounter, TheForetoldInstantIsTheFirstAtWhichTheCyclesHavePassed) {
  ManualWorld world;
  CycleCounter counter(world);
  counter.start(164'000'000, 16);
  for (const uint64_t cycles : {1u, 7u, 102'499u}) {
    const base::model::Time due = counter.after(cycles);
    world.advance(due - world.now() - 1);
    EXPECT_EQ(counter.take(), cycles - 1);
    world.advance(1);
    EXPECT_EQ(counter.take(), 1u);
  }
  counter.stop();
  EXPECT_EQ(counter.after(1), kNever);
  counter.start(1);
  EXPECT_EQ(counter.after(~0ull), kNever) << "past the end of time";
}

TEST(CycleCounter, AHeldCounterGoesOnInTheMiddleOfItsCycle) {
  ManualWorld world;
  CycleCounter counter(world);
  counter.start(1000);
  world.advance(kSecond / 1000 * 5 / 2);
  counter.hold(true);
  world.advance(kSecond);
  EXPECT_EQ(counter.take(), 2u);
  EXPECT_EQ(counter.after(1), kNever);
  counter.hold(false);
  EXPECT_EQ(counter.after(1), world.now() + kSecond / 2000);
  world.advance(kSecond / 2000);
  EXPECT_EQ(counter.take(), 1u);
}

}  // namespace
}  // namespace drivers::apb
