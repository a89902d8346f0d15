#include "firmware/boot/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "firmware/boot/image_fixture.h"

namespace firmware::boot {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr uint8_t kModule = 1;

struct Lines : Console {
  void print(std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

/// A card in memory, of which one block may be bad.
struct FakeCard : Card {
  uint32_t blocks() const override { return static_cast<uint32_t>(bytes.size() / kBlockSize); }
  base::Result<void> read(uint32_t block, std::span<std::byte> out) override {
    const size_t at = size_t{block} * kBlockSize;
    if (out.size() % kBlockSize != 0 || at + out.size() > bytes.size()) return FAIL(kInvalid);
    if (bad_block >= block && bad_block < block + out.size() / kBlockSize) return FAIL(kDataLoss);
    std::memcpy(out.data(), bytes.data() + at, out.size());
    if (lies && out.size() > kBlockSize) out[kernel::abi::kSignedFrom] ^= std::byte{1};
    return {};
  }
  std::vector<std::byte> bytes;
  uint64_t bad_block = UINT64_MAX;
  bool lies = false;  // about the header, when it is read with the whole image
};

struct LoadTest : testing::Test {
  static constexpr uint32_t kFirst = 40;

  LoadTest() {
    image.header.load_address = SmallImage::kRoom.memory + 0x3000;
    card.bytes.resize(200 * kBlockSize);
    put_partition(kFirst, 100);
    put_image();
  }
  void put_partition(uint32_t first, uint32_t count) {
    std::byte* entry = card.bytes.data() + 446;
    entry[4] = std::byte{kSystemType};
    std::memcpy(entry + 8, &first, 4);
    std::memcpy(entry + 12, &count, 4);
    card.bytes[510] = std::byte{0x55};
    card.bytes[511] = std::byte{0xaa};
  }
  void put_image() {
    const auto bytes = image.bytes();
    std::memcpy(card.bytes.data() + kFirst * kBlockSize, bytes.data(), bytes.size());
  }
  Verdict boot() {
    std::array<std::byte, kBlockSize> scratch;
    const auto loaded = load(card, {.bytes = ram, .address = 0x2000'0000}, scratch, console);
    if (!loaded) return Verdict::kRefused;
    const TrustedKey keys[] = {image.trusted()};
    return judge_loaded(*loaded, keys, Policy::kDevelopment, console).verdict;
  }

  SmallImage image;
  FakeCard card;
  std::vector<std::byte> ram = std::vector<std::byte>(1 << 20);
  Lines console;
};

TEST_F(LoadTest, GoodImageIsLoadedWhereItWantsAndReported) {
  EXPECT_EQ(boot(), Verdict::kApproved);
  EXPECT_THAT(console.lines, ElementsAre("boot: image test image version 3, 28672 bytes",
                                         StartsWith("boot: signature good, key test (id ")));
  EXPECT_EQ(std::memcmp(ram.data() + 0x3000, image.bytes().data(), 28672), 0);
  EXPECT_EQ(ram[0x2fff], std::byte{0});
}

TEST_F(LoadTest, EveryReasonToRefuseIsOneClearLine) {
  const auto refused = [&] {
    console.lines.clear();
    EXPECT_EQ(boot(), Verdict::kRefused);
    return console.lines.empty() ? "" : console.lines.back();
  };
  put_partition(kFirst, 55);
  EXPECT_EQ(refused(), "boot: REFUSED: image is truncated");
  put_partition(kFirst, 161);
  EXPECT_EQ(refused(), "boot: REFUSED: card has no system partition");
  put_partition(kFirst, 100);
  card.bytes[kFirst * kBlockSize + 20'000] ^= std::byte{1};
  EXPECT_EQ(refused(), "boot: REFUSED: signature does not match");
  put_image();
  image = SmallImage(2);
  EXPECT_THAT(refused(), StartsWith("boot: REFUSED: image is signed by another key (id "));
  card.bad_block = 0;
  EXPECT_THAT(refused(), StartsWith("boot: REFUSED: card cannot be read at block 0, error 0x"));
  card.bad_block = kFirst;
  EXPECT_THAT(refused(), HasSubstr("card cannot be read at block 40"));
  card.bad_block = kFirst + 30;
  EXPECT_THAT(refused(), HasSubstr("card cannot be read at block 40"));
}

TEST_F(LoadTest, CardThatAnswersDifferentlyTheSecondTimeIsRefused) {
  card.lies = true;
  EXPECT_EQ(boot(), Verdict::kRefused);
  EXPECT_EQ(console.lines.back(), "boot: REFUSED: image changed while it was read");
}

TEST_F(LoadTest, ImageWhoseLastBlockLeavesRamIsRefused) {
  image.header.load_address = 0x2000'0000;
  image.header.kernel_memory = SmallImage::kPage;
  put_image();
  ram.resize(7 * SmallImage::kPage);
  EXPECT_EQ(boot(), Verdict::kApproved);
  ram.resize(7 * SmallImage::kPage - 1);
  EXPECT_EQ(boot(), Verdict::kRefused);
  EXPECT_EQ(console.lines.back(), "boot: REFUSED: image does not fit into RAM");
}

TEST_F(LoadTest, ControlCharactersOfAnImageDoNotReachTheConsole) {
  std::strcpy(image.header.build.data(), "a\n\x1b[2Jb");
  put_image();
  EXPECT_EQ(boot(), Verdict::kApproved);
  EXPECT_THAT(console.lines[0], StartsWith("boot: image a??[2Jb version"));
}

TEST_F(LoadTest, FuzzedCardsAreRefusedAndStayInTheirRam) {
  std::mt19937 random(11);
  const auto good = card.bytes;
  for (int round = 0; round < 20'000; ++round) {
    card.bytes = good;
    for (unsigned i = 0, count = 1 + random() % 3; i < count; ++i) {
      const uint32_t at = random() % 2 ? 446 + random() % 16
                                       : kFirst * kBlockSize + random() % sizeof(image.header);
      card.bytes[at] = std::byte(random());
    }
    if (card.bytes == good) continue;
    console.lines.clear();
    const Verdict verdict = boot();
    // A partition entry that still holds the whole image is no damage.
    const bool image_whole = std::equal(good.begin() + kFirst * kBlockSize, good.end(),
                                        card.bytes.begin() + kFirst * kBlockSize);
    if (verdict == Verdict::kApproved)
      ASSERT_TRUE(image_whole);
    else
      ASSERT_THAT(console.lines.back(), StartsWith("boot: REFUSED: "));
  }
}

TEST(Line, CutsWhatIsTooLongAndWritesNumbers) {
  Line line;
  line << 0u << " " << 4294967295u << " ";
  line.hex(0x1a2b).bytes(std::array<uint8_t, 2>{0x0f, 0xa0});
  EXPECT_EQ(line.text(), "0 4294967295 0x00001a2b0fa0");
  for (int i = 0; i < 50; ++i) line << "xxxxx";
  EXPECT_EQ(line.text().size(), 120u);
}

}  // namespace
}  // namespace firmware::boot
