// Flashing through the stock OpenOCD onto a mini board whose card is a piece of memory.
#include "hil/flash/flash.h"

#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <random>

#include "hil/flash/applet.h"
#include "tests/peers/openocd/peer.h"

namespace tests::peers {
namespace {

using hil::flash::FlashReport;
using probes::Milliseconds;
using testing::HasSubstr;

constexpr uint32_t kOrders = 0x0021ff00, kNowhere = 0x0021fe00;
constexpr uint32_t kUnset = 0xffffffff;

struct Orders {
  uint32_t blocks = 8192, error = 0, bad_block = kUnset, flip_block = kUnset, hang = 0, wander = 0,
           init_error = 0, erase_error = 0, erased_word = 0;
};

class CountedTime : public probes::TimeGrant {
 public:
  probes::Outcome<void> grant(probes::BoardTime amount) override {
    grants++;
    last = amount;
    return {};
  }
  int grants = 0;
  probes::BoardTime last{-1};
};

class FlashPeer : public PeerTest {
 protected:
  void SetUp() override {
    if (std::string_view(FAKE_APPLET_ELF).empty()) GTEST_SKIP() << "no arm-none-eabi-gcc";
    hold(MiniBoard::Probe::kBusPirate);
  }
  void order(const Orders& orders) {
    ASSERT_TRUE(openocd->halt());
    const uint32_t words[] = {orders.blocks,     orders.error,       orders.bad_block,
                              orders.flip_block, orders.hang,        orders.wander,
                              orders.init_error, orders.erase_error, orders.erased_word};
    ASSERT_TRUE(openocd->write_words(kOrders, words));
    const uint32_t stay[] = {0xe320f003, 0xeafffffd};  // wfi; b .-4
    ASSERT_TRUE(openocd->write_words(kNowhere, stay));
  }
  static std::vector<std::byte> random_image(size_t size) {
    std::mt19937 random(11);
    std::vector<std::byte> image(size);
    for (std::byte& byte : image) byte = static_cast<std::byte>(random());
    return image;
  }
  probes::Outcome<FlashReport> flash(std::span<const std::byte> image) {
    return hil::flash::flash(*openocd, time, applets, image, progress);
  }
  std::string error_of(std::span<const std::byte> image) {
    const auto done = flash(image);
    return done ? "no error" : done.error().what;
  }

  hil::flash::Applets applets{.ddr_init = FAKE_APPLET_ELF, .emmc_flash = FAKE_APPLET_ELF};
  CountedTime time;
  hil::flash::Progress progress;
};

TEST_F(FlashPeer, WritesAndVerifiesAnImageAndSaysHowFast) {
  order({});
  double last = 0;
  std::vector<std::string> words;
  progress = [&](double done, std::string_view at) {
    EXPECT_TRUE(done >= last || done == 0);
    last = done;
    if (words.empty() || words.back() != at) words.emplace_back(at);
  };
  const auto image = random_image(1u << 20);
  const auto done = flash(image);
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(done->bytes, image.size());
  EXPECT_EQ(done->card_blocks, 8192u);
  EXPECT_GT(done->write_kib_s, 0);
  EXPECT_GT(done->verify_kib_s, 0);
  EXPECT_EQ(last, 1.0);
  EXPECT_THAT(words, testing::ElementsAre("taking the core over", "starting clocks and memory",
                                          "starting the card", "writing", "verifying", "done"));
  EXPECT_GT(time.grants, 0);
  EXPECT_EQ(time.last, probes::BoardTime(0)) << "nothing is left granted";
  RecordProperty("write_kib_s", static_cast<int>(done->write_kib_s));
  RecordProperty("verify_kib_s", static_cast<int>(done->verify_kib_s));
  const auto again = hil::flash::verify(*openocd, time, applets, image);
  ASSERT_TRUE(again) << again.error().what;
}

TEST_F(FlashPeer, AnImageThatEndsWithinABlockIsFilledUpWithZeros) {
  order({});
  const auto image = random_image(1000);
  ASSERT_TRUE(flash(image));
  const auto stored = openocd->read_memory(0x20500000, 1024);
  ASSERT_TRUE(stored);
  EXPECT_TRUE(std::equal(image.begin(), image.end(), stored->begin()));
  EXPECT_EQ(std::count(stored->begin() + 1000, stored->end(), std::byte{0}), 24);
}

TEST_F(FlashPeer, LongRunsOfZerosAreErasedWhereThatServesAndWrittenWhereNot) {
  const auto filled = random_image(400 * 512);
  std::vector<std::byte> sparse = filled;
  std::fill(sparse.begin() + 50 * 512, sparse.begin() + 350 * 512, std::byte{0});
  const std::vector<std::byte> dirt(400 * 512, std::byte{0x5a});
  struct Case {
    const char* card;
    Orders orders;
    uint64_t loaded_blocks;
  };
  for (const Case& c :
       {Case{"erases to zeros", {}, 100}, Case{"erases to ones", {.erased_word = ~0u}, 400},
        Case{"cannot erase", {.erase_error = 1}, 400}}) {
    SCOPED_TRACE(c.card);
    order(c.orders);
    ASSERT_TRUE(openocd->write_memory(0x20500000, dirt));
    const auto done = flash(sparse);
    ASSERT_TRUE(done) << done.error().what;
    EXPECT_EQ(done->loaded_bytes, c.loaded_blocks * 512);
    const auto stored = openocd->read_memory(0x20500000, sparse.size());
    ASSERT_TRUE(stored);
    EXPECT_TRUE(*stored == sparse);
  }
}

TEST_F(FlashPeer, AnImageTooLargeForTheCardIsRefusedBeforeAnythingIsWritten) {
  order({.blocks = 4});
  EXPECT_EQ(error_of(random_image(5 * 512)), "the image has 5 blocks, the card only 4");
  EXPECT_EQ(error_of({}), "the image is empty");
}

TEST_F(FlashPeer, ABlockThatIsStoredWrongIsNamed) {
  order({.flip_block = 77});
  EXPECT_THAT(error_of(random_image(128 * 512)),
              HasSubstr("block 77 is the first whose CRC differs"));
}

TEST_F(FlashPeer, AnErrorOfTheCardIsNamedWithItsBlocksAndItsPlace) {
  const base::Error error = base::make_error(base::Code::kDenied, 22, 123);
  order({.error = error.word, .bad_block = 3});
  EXPECT_EQ(error_of(random_image(8 * 512)),
            "writing blocks 0 to 7 failed: refused: write-protected (drivers/sdmmc/emmc.cc:123)");
}

TEST_F(FlashPeer, ACardThatDoesNotStartIsNamed) {
  order({.init_error = base::make_error(base::Code::kTimeout, 13, 40).word});
  EXPECT_THAT(error_of(random_image(512)), HasSubstr("timed out (drivers/sdmmc/sdmmc.cc:40)"));
}

TEST_F(FlashPeer, AnAppletThatStopsElsewhereIsNotTakenForDone) {
  order({.wander = 5});
  // It goes to sleep in WFI; halted there by hand it would look done to who only looks at the halt.
  hil::flash::Applets quick = applets;
  auto applet = hil::flash::Applet::load(*openocd, time, quick.emmc_flash);
  ASSERT_TRUE(applet);
  const auto answer = applet->call({4, 0x20000000, 0, 16}, Milliseconds(300));
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().what, HasSubstr("did not end within 300 ms; it was at pc 0x0021fe0"));
  EXPECT_TRUE(openocd->alive());
  EXPECT_EQ(time.last, probes::BoardTime(0));
}

TEST_F(FlashPeer, AFileThatIsNoProgramIsRefused) {
  const auto file = folder() / "applet.elf";
  EXPECT_FALSE(hil::flash::Applet::load(*openocd, time, file));
  std::ofstream(file) << std::string(100, 'x');
  const auto loaded = hil::flash::Applet::load(*openocd, time, file);
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().what, HasSubstr("no 32-bit ARM program"));
}

TEST_F(FlashPeer, AProbeThatDiesInTheMiddleIsReported) {
  order({});
  progress = [&](double, std::string_view at) {
    if (at == "verifying") board->freeze(true);
  };
  const auto before = std::chrono::steady_clock::now();
  EXPECT_THAT(error_of(random_image(64 * 512)), HasSubstr("openocd"));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(60));
  board->freeze(false);
}

TEST(FlashImage, AFileThatIsMissingOrEmptyIsRefused) {
  EXPECT_FALSE(hil::flash::read_image("/nonexistent"));
  EXPECT_FALSE(hil::flash::read_image("/dev/null"));
}

TEST(FlashError, AnErrorWordIsPutInWords) {
  EXPECT_THAT(hil::flash::describe(base::make_error(base::Code::kDataLoss, 250, 9)),
              HasSubstr("(module 250:9)"));
}

}  // namespace
}  // namespace tests::peers
