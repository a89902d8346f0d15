#include "firmware/services/echo/echo.h"

#include <gtest/gtest.h>

#include <vector>

#include "firmware/runtime/loopback.h"

namespace services::echo {
namespace {

using Interface = interfaces::Echo;

struct FakeMachine {
  uint32_t yields = 0;
  base::Duration slept{};
  bool watching = false;
  Interface::Caches caches = Interface::Caches::kHot;
  std::vector<Interface::Gap> gaps;

  void yield(uint32_t times) { yields += times; }
  base::Result<void> start_watching(Interface::Caches wanted) {
    if (watching) return base::make_error(base::Code::kBusy, 3, 1);
    watching = true;
    caches = wanted;
    return {};
  }
  base::Result<std::span<const Interface::Gap>> stop_watching() {
    if (!watching) return base::make_error(base::Code::kInvalid, 3, 1);
    watching = false;
    return std::span<const Interface::Gap>(gaps);
  }
  uint32_t watch_loop() const { return 7; }
  void sleep(base::Duration length) { slept += length; }
};

struct EchoTest : testing::Test {
  FakeMachine machine;
  Echo<FakeMachine> echo{machine};
  ipc::Loopback<Interface, Echo<FakeMachine>> loopback{echo};
  ipc::Client<Interface> client = loopback.client();
};

TEST_F(EchoTest, WordsComeBackAsTheyWent) {
  EXPECT_TRUE(client.call(Interface::Ping{}));
  const std::array<uint32_t, 8> words{1, 2, 3, 4, 5, 6, 7, 0xffff'ffff};
  EXPECT_EQ(client.call(Interface::Words{.words = words})->words, words);
}

TEST_F(EchoTest, LentWordsAreSeenAndSet) {
  static ipc::PageBuffer<uint32_t, 1024> page;
  EXPECT_TRUE(client.call(Interface::Page{.page = page}));
  EXPECT_TRUE(client.call(Interface::Fill{.words = {page, 1000}, .value = 3}));
  EXPECT_EQ(client.call(Interface::Sum{.words = page})->sum, 3000u);
  EXPECT_EQ(page.items()[1000], 0u);
}

TEST_F(EchoTest, YieldsAsOftenAsAsked) {
  EXPECT_TRUE(client.call(Interface::Yield{.times = 7}));
  EXPECT_EQ(machine.yields, 7u);
}

TEST_F(EchoTest, AnswersLateButNotEndlesslySo) {
  EXPECT_TRUE(client.call(Interface::Late{.microseconds = 1'000'000}));
  EXPECT_EQ(machine.slept, std::chrono::seconds(1));
  EXPECT_EQ(client.call(Interface::Late{.microseconds = 1'000'001}).error().code(),
            base::Code::kInvalid);
}

TEST_F(EchoTest, WatchesWithTheCachesThatWereAskedFor) {
  ipc::Choice<Interface::Caches> neither;
  neither.raw = 2;
  EXPECT_EQ(client.call(Interface::Watch{.caches = neither}).error().code(), base::Code::kInvalid);
  EXPECT_FALSE(machine.watching);
  EXPECT_TRUE(client.call(Interface::Watch{.caches = Interface::Caches::kCold}));
  EXPECT_EQ(machine.caches, Interface::Caches::kCold);
}

TEST_F(EchoTest, HandsOverTheGapsItSawAsFarAsThereIsRoom) {
  static ipc::PageBuffer<Interface::Gap, 100> gaps;
  EXPECT_EQ(client.call(Interface::Seen{.gaps = gaps}).error().code(), base::Code::kInvalid);
  machine.gaps = {{1, 10}, {2, 20}, {3, 30}};
  EXPECT_TRUE(client.call(Interface::Watch{}));
  EXPECT_EQ(client.call(Interface::Watch{}).error().code(), base::Code::kBusy);
  auto seen = client.call(Interface::Seen{.gaps = {gaps, 2}});
  EXPECT_EQ(seen->count, 2u);
  EXPECT_EQ(seen->loop, 7u);
  EXPECT_EQ(gaps.items()[1].cycles, 20u);
  EXPECT_EQ(gaps.items()[2].cycles, 0u);
  EXPECT_TRUE(client.call(Interface::Watch{}));
  EXPECT_EQ(client.call(Interface::Seen{.gaps = gaps})->count, 3u);
}

}  // namespace
}  // namespace services::echo
