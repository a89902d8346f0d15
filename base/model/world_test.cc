#include "base/model/world.h"

#include <gtest/gtest.h>

#include <string>

#include "base/model/bench.h"

namespace base::model {
namespace {

TEST(World, EventsFireInOrderOfTimeThenOfArming) {
  ManualWorld world;
  std::string log;
  Event a([&] { log += "a" + std::to_string(world.now()); });
  Event b([&] { log += "b" + std::to_string(world.now()); });
  Event c([&] { log += "c" + std::to_string(world.now()); });
  world.arm(b, 5);
  world.arm(c, 5);
  world.arm(a, 3);
  world.advance(4);
  EXPECT_EQ(log, "a3");
  world.advance(1);
  EXPECT_EQ(log, "a3b5c5");
}

TEST(World, AnEventMayArmItselfAgain) {
  ManualWorld world;
  int fired = 0;
  Event tick([&] {
    if (++fired < 10) world.arm(tick, world.now() + 2);
  });
  world.arm(tick, 2);
  world.advance(7);
  EXPECT_EQ(fired, 3);
  EXPECT_EQ(world.next_due(), 8u);
}

TEST(World, DisarmedEventsStaySilent) {
  ManualWorld world;
  bool fired = false;
  Event event([&] { fired = true; });
  world.arm(event, 1);
  world.disarm(event);
  world.advance(10);
  EXPECT_FALSE(fired);
  EXPECT_FALSE(event.armed());
}

TEST(Line, PassesOnOnlyChanges) {
  Line line;
  int changes = 0;
  line.connect([&](bool) { ++changes; });
  line.set(true);
  line.set(true);
  line.set(false);
  EXPECT_EQ(changes, 2);
}

TEST(Time, CyclesRoundUpAndBack) {
  EXPECT_EQ(cycles_to_time(492'000'000, 492'000'000), kSecond);
  EXPECT_EQ(time_to_cycles(cycles_to_time(12345, 164'000'000), 164'000'000), 12345u);
}

}  // namespace
}  // namespace base::model
