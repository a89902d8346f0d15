#include "drivers/mpddrc/mpddrc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/model/bench.h"
#include "drivers/mpddrc/mpddrc_model.h"

namespace drivers::mpddrc {
namespace {

using base::mmio::Block, base::mmio::Region, base::mmio::Value;
using base::model::kMicrosecond, base::model::kNanosecond;
using testing::HasSubstr;

struct Rate : base::model::ClockSource {
  uint64_t hz() const override { return value; }
  uint64_t value = 164'000'000;
};

/// The memory's window as the bus sees it while it is not mapped.
struct Window : base::mmio::Model {
  explicit Window(MpddrcModel& model) : model(model) {}
  uint32_t load(uint32_t offset, unsigned) override {
    faults += !model.access(offset, false);
    return 0;
  }
  void store(uint32_t offset, uint32_t, unsigned) override {
    faults += !model.access(offset, true);
  }
  MpddrcModel& model;
  int faults = 0;
};

struct MpddrcTest : testing::Test {
  /// One command as software gives it: mode, then a write to the bank's address.
  void command(uint32_t mode, uint32_t bank = 0) {
    regs.write(Regs::Mr::kMode.from(mode));
    window.store(bank << 11, 0, 4);
  }
  void cr(base::mmio::Value<Regs::Cr> more) { regs.write(kCr | more); }
  void configure() {
    regs.write(Regs::Md::kType(6) | Regs::Md::kSixteenBits(true));
    cr({});
    regs.write(Value<Regs::Tpr0>{0x2223'a338});
    regs.write(Value<Regs::Tpr1>{0x02c8'1715});
    regs.write(Value<Regs::Tpr2>{0x0008'2482});
    regs.write(Regs::Rtr::kInterval(1278));
  }
  /// The whole sequence by hand; a test leaves out, swaps or hurries one of its steps.
  struct Plan {
    int skip = -1, swap = -1;
    base::model::Time cke_delay = 201 * kMicrosecond, gap = kMicrosecond;
    base::model::Time dll_gap = kMicrosecond;  // from the DLL reset on
  };
  void initialise(Plan plan) {
    configure();
    std::vector<std::function<void()>> steps = {
        [&] {
          command(1);
          world.advance(plan.cke_delay - plan.gap);
        },
        [&] { command(1); },
        [&] { command(2); },
        [&] { command(5, 2); },
        [&] { command(5, 3); },
        [&] { command(5, 1); },
        [&] {
          cr(Regs::Cr::kResetDll(true));
          command(3);
        },
        [&] { command(2); },
        [&] { command(4); },
        [&] { command(4); },
        [&] {
          cr({});
          command(3);
        },
        [&] {
          cr(Regs::Cr::kOcd(7));
          command(5, 1);
        },
        [&] {
          cr({});
          command(5, 1);
        },
        [&] { command(0); },
    };
    if (plan.swap >= 0) std::swap(steps[plan.swap], steps[plan.swap + 1]);
    for (int i = 0; i < static_cast<int>(steps.size()); ++i) {
      if (i == plan.skip) continue;
      steps[i]();
      world.advance(i < 6 ? plan.gap : plan.dll_gap);
    }
  }

  static constexpr Value<Regs::Cr> kCr = Regs::Cr::kColumns(1) | Regs::Cr::kRows(2) |
                                         Regs::Cr::kCasLatency(3) | Regs::Cr::kEightBanks(true) |
                                         Regs::Cr::kInterleaved(true);
  base::model::ManualWorld world;
  base::model::SteppingClock clock{world, 100 * kNanosecond};
  Rate bus, ddr;
  MpddrcModel model{world, bus, ddr};
  Window window{model};
  Block<Regs> regs{Region(model)};
  Mpddrc driver{regs, Region(window), clock};
};

TEST_F(MpddrcTest, TheDriverBringsTheMemoryUp) {
  EXPECT_FALSE(model.ready());
  ASSERT_TRUE(driver.start(kW971gg6sb, 164'000'000));
  EXPECT_TRUE(model.ready()) << model.reason();
  EXPECT_EQ(window.faults, 0);
}

TEST_F(MpddrcTest, TheDriverMeetsTheTimingsAtEveryClockTheBusMayHave) {
  for (const uint32_t hz : {125'000'000u, 133'000'000u, 148'000'000u, 164'000'000u, 166'000'000u}) {
    model.reset();
    ddr.value = hz;
    ASSERT_TRUE(driver.start(kW971gg6sb, hz));
    EXPECT_TRUE(model.ready()) << hz << ": " << model.reason();
  }
}

TEST_F(MpddrcTest, TheDriverStartsAWorkingMemoryOver) {
  ASSERT_TRUE(driver.start(kW971gg6sb, 164'000'000));
  ASSERT_TRUE(driver.start(kW971gg6sb, 164'000'000));
  EXPECT_TRUE(model.ready()) << model.reason();
}

TEST_F(MpddrcTest, WithoutTheControllersClockStartTimesOut) {
  bus.value = 0;
  EXPECT_EQ(driver.start(kW971gg6sb, 164'000'000).error().code(), base::Code::kTimeout);
}

TEST_F(MpddrcTest, WithoutTheMemorysClockEveryAccessFaults) {
  ddr.value = 0;
  (void)driver.start(kW971gg6sb, 164'000'000);
  EXPECT_FALSE(model.ready());
  EXPECT_GT(window.faults, 0);
  EXPECT_THAT(model.reason(), HasSubstr("DDRCK"));
}

TEST_F(MpddrcTest, AClockTooFastForTheFieldsIsInvalid) {
  EXPECT_EQ(driver.start(kW971gg6sb, 400'000'000).error().code(), base::Code::kInvalid);
}

TEST_F(MpddrcTest, TheListenerHearsOfEachChange) {
  std::vector<bool> heard;
  model.on_change([&](bool ready) { heard.push_back(ready); });
  initialise({});
  EXPECT_TRUE(model.ready()) << model.reason();
  ddr.value = 0;
  model.clocks_changed();
  ddr.value = 164'000'000;
  model.clocks_changed();
  model.reset();
  EXPECT_EQ(heard, (std::vector<bool>{true, false, true, false}));
}

TEST_F(MpddrcTest, AccessesFaultUntilCommandsAreGiven) {
  EXPECT_FALSE(model.access(0, true));
  EXPECT_FALSE(model.access(0x100, false));
  command(1);
  EXPECT_EQ(window.faults, 0);
}

TEST_F(MpddrcTest, NoStepMayBeLeftOut) {
  for (int skip = 0; skip < 14; ++skip) {
    model.reset();
    initialise({.skip = skip});
    EXPECT_FALSE(model.ready()) << "without step " << skip;
    EXPECT_NE(model.reason(), "");
  }
}

TEST_F(MpddrcTest, NoTwoDifferentStepsMaySwapPlaces) {
  for (int swap = 1; swap < 13; ++swap) {
    if (swap == 8) continue;  // two equal refreshes
    model.reset();
    initialise({.swap = swap});
    EXPECT_FALSE(model.ready()) << "steps " << swap << " and " << swap + 1;
  }
}

TEST_F(MpddrcTest, CkeMayNotRiseBefore200Microseconds) {
  initialise({.cke_delay = 199 * kMicrosecond});
  EXPECT_FALSE(model.ready());
  EXPECT_THAT(model.reason(), HasSubstr("200 us"));
}

TEST_F(MpddrcTest, CommandsInATightRowAreTooFast) {
  initialise({.dll_gap = 100 * kNanosecond});
  EXPECT_FALSE(model.ready());
  EXPECT_THAT(model.reason(), HasSubstr("too soon"));
}

TEST_F(MpddrcTest, TheDllNeeds200CyclesToLock) {
  initialise({.dll_gap = 250 * kNanosecond});
  EXPECT_TRUE(model.ready()) << model.reason();
  model.reset();
  initialise({.dll_gap = 200 * kNanosecond});
  EXPECT_FALSE(model.ready());
  EXPECT_THAT(model.reason(), HasSubstr("200 cycles"));
}

TEST_F(MpddrcTest, SoftwareMayStartOverAfterAMistake) {
  initialise({.skip = 3});
  EXPECT_FALSE(model.ready());
  initialise({});
  EXPECT_TRUE(model.ready()) << model.reason();
}

TEST_F(MpddrcTest, WrongGeometryTimingOrRefreshLeavesItNotReady) {
  const auto broken = [&](auto breaking) {
    model.reset();
    initialise({});
    EXPECT_TRUE(model.ready());
    breaking();
    EXPECT_FALSE(model.ready());
    return model.reason();
  };
  EXPECT_THAT(broken([&] { regs.write(Regs::Rtr::kInterval(0)); }),
              HasSubstr("refresh timer is off"));
  EXPECT_THAT(broken([&] { regs.write(Regs::Rtr::kInterval(1290)); }), HasSubstr("too rare"));
  EXPECT_THAT(broken([&] { regs.write(kCr.with(Regs::Cr::kRows, 3u)); }), HasSubstr("rows"));
  EXPECT_THAT(broken([&] { regs.write(kCr.with(Regs::Cr::kColumns, 0u)); }), HasSubstr("columns"));
  EXPECT_THAT(broken([&] { regs.write(kCr.with(Regs::Cr::kEightBanks, false)); }),
              HasSubstr("banks"));
  EXPECT_THAT(broken([&] { regs.write(Regs::Md::kType(6)); }), HasSubstr("width"));
  EXPECT_THAT(broken([&] { regs.write(Value<Regs::Tpr0>{0x2223'a336}); }), HasSubstr("tRAS"));
  EXPECT_THAT(broken([&] { regs.write(Value<Regs::Tpr1>{0x02c8'1714}); }), HasSubstr("tRFC"));
}

TEST_F(MpddrcTest, WriteProtectionKeepsTheConfigurationAndTellsWhoTried) {
  configure();
  regs.write(Regs::Wpmr::kEnable(true) | Regs::Wpmr::kKey(Regs::Wpmr::kPassword));
  regs.write(Regs::Rtr::kInterval(5));
  EXPECT_EQ(regs.read<Regs::Rtr>().get(Regs::Rtr::kInterval), 1278u);
  EXPECT_EQ(regs.take<Regs::Wpsr>().bits, 1u | Regs::Rtr::kOffset << 8);
  EXPECT_EQ(regs.take<Regs::Wpsr>().bits, 0u);
  regs.write(Regs::Wpmr::kEnable(false) | Regs::Wpmr::kKey(1));
  regs.write(Regs::Rtr::kInterval(5));
  EXPECT_EQ(regs.read<Regs::Rtr>().get(Regs::Rtr::kInterval), 1278u) << "the key was wrong";
}

TEST_F(MpddrcTest, RandomTrafficNeitherBreaksTheModelNorBringsMemoryUpByAccident) {
  std::mt19937 random(7);
  for (int i = 0; i < 200'000; ++i) {
    const auto offset = static_cast<uint32_t>(random()) & 0x1ff;
    const unsigned width = 1u << random() % 3;
    switch (random() % 4) {
      case 0:
        (void)model.load(offset & ~(width - 1), width);
        break;
      case 1:
        model.store(offset & ~(width - 1), static_cast<uint32_t>(random()), width);
        break;
      case 2:
        model.store(0, static_cast<uint32_t>(random()), 4);
        break;
      default:
        (void)model.access(static_cast<uint32_t>(random()), random() & 1);
        break;
    }
    if (random() % 8 == 0) world.advance(random() % (300 * kMicrosecond));
    if (model.ready()) {
      EXPECT_EQ(model.reason(), "");
    } else {
      EXPECT_NE(model.reason(), "");
    }
  }
}

}  // namespace
}  // namespace drivers::mpddrc
