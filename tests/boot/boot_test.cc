// The boot chain on the virtual board: the development image starts, and cards that are wrong in
// one way each are refused with the line that says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "firmware/boot/mbr.h"
#include "fixtures/board/prime.h"
#include "kernel/abi/image.h"

namespace tests::boot {
namespace {

using base::model::kMillisecond;
using base::model::Time;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr Time kLimit = 2'000 * kMillisecond;
constexpr size_t kBlock = firmware::boot::kBlockSize;

class BootTest : public testing::Test {
 protected:
  /// The card's contents, or a visible skip.
  std::vector<std::byte> card(const std::string& name) {
    std::ifstream file(std::filesystem::path(IMAGES) / name, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    missing_ = bytes.empty();
    const auto* data = reinterpret_cast<const std::byte*>(bytes.data());
    return {data, data + bytes.size()};
  }

  /// Powers a board with this card and returns its console's lines up to one that contains `last`.
  std::vector<std::string> boot(std::span<const std::byte> card, std::string_view last) {
    auto storage = std::make_unique<drivers::sdmmc::MemoryStorage>(card.size());
    std::ranges::copy(card, storage->bytes().begin());
    fixtures::board::Prime board(std::move(storage), 1);
    std::vector<std::string> lines(1);
    board.console_out = [&](uint8_t byte, Time) {
      if (byte == '\n')
        lines.emplace_back();
      else if (byte != '\r')
        lines.back() += static_cast<char>(byte);
    };
    board.set_power(true);
    const auto done = [&] {
      return lines.size() > 1 && lines[lines.size() - 2].find(last) != std::string::npos;
    };
    while (board.status().now < kLimit && !done())
      board.run_until(board.status().now + kMillisecond, false);
    // A little longer: what is refused must stay refused.
    board.run_until(board.status().now + 20 * kMillisecond, false);
    status_ = board.status();
    if (lines.back().empty()) lines.pop_back();
    return lines;
  }

  /// Where the system image begins on the card.
  static size_t image_at(std::span<const std::byte> card) {
    const auto partition = firmware::boot::find_partition(
        card.first<kBlock>(), firmware::boot::kSystemType, card.size() / kBlock);
    return partition ? partition->first_block * kBlock : 0;
  }

  bool missing_ = false;
  fixtures::board::Status status_;
};

#define CARD_OR_SKIP(variable, name)            \
  std::vector<std::byte> variable = card(name); \
  if (missing_) GTEST_SKIP() << name << " is not built: cmake --build --preset device -t images"

TEST_F(BootTest, DevelopmentImageStartsStageByStage) {
  CARD_OR_SKIP(good, "touchstone.img");
  const auto lines = boot(good, "kernel: ready");
  ASSERT_GE(lines.size(), 9u);
  EXPECT_THAT(std::vector(lines.begin(), lines.begin() + 8),
              ElementsAre(StartsWith("boot: Touchstone bootstrap 0.1, DEVELOPMENT"),
                          "boot: clocks 492/164 MHz", "boot: DDR 128 MiB",
                          "boot: memory encryption has a fresh key",
                          StartsWith("boot: image development version 1, "),
                          StartsWith("boot: signature good, key DEVELOPMENT-ONLY-prime (id "),
                          "boot: jumping to kernel", "kernel: Touchstone development on sama5d2"));
  EXPECT_THAT(lines, testing::Contains(StartsWith("kernel: ready, ")));
}

TEST_F(BootTest, WrongCardsAreRefusedForWhatIsWrongWithThem) {
  const std::pair<const char*, const char*> cases[] = {
      {"touchstone-badsig.img", "boot: REFUSED: signature does not match"},
      {"touchstone-truncated.img", "boot: REFUSED: image is truncated"},
      {"touchstone-otherkey.img", "boot: REFUSED: image is signed by another key (id "}};
  for (const auto& [name, line] : cases) {
    CARD_OR_SKIP(wrong, name);
    const auto lines = boot(wrong, "REFUSED");
    EXPECT_THAT(lines.back(), StartsWith(line)) << name;
    EXPECT_LT(status_.pc, 0x0021'0000u) << "not stopped in the bootstrap";
    EXPECT_THAT(lines, Not(testing::Contains(HasSubstr("kernel:")))) << name;
  }
}

TEST_F(BootTest, CardWithoutASystemIsRefused) {
  CARD_OR_SKIP(blank, "touchstone.img");
  const size_t at = image_at(blank);
  std::fill(blank.begin() + static_cast<ptrdiff_t>(at), blank.end(), std::byte{0});
  EXPECT_EQ(boot(blank, "REFUSED").back(),
            "boot: REFUSED: there is no system image in the partition");
  blank[446 + 16 + 4] = std::byte{0};
  EXPECT_EQ(boot(blank, "REFUSED").back(), "boot: REFUSED: card has no system partition");
}

TEST_F(BootTest, HostileHeadersAreRefusedAndCrashNothing) {
  CARD_OR_SKIP(good, "touchstone.img");
  const size_t at = image_at(good);
  std::mt19937 random(5);
  for (int round = 0; round < 12; ++round) {
    std::vector<std::byte> bad = good;
    const uint32_t value = round % 2 ? random() : 0xffff'ffff - random() % 8192;
    // Any word of the header behind the magic: sizes, addresses, offsets, counts, key id,
    // signature.
    const size_t word = 1 + random() % (sizeof(kernel::abi::ImageHeader) / 4 - 1);
    std::memcpy(bad.data() + at + 4 * word, &value, 4);
    const auto lines = boot(bad, "REFUSED");
    EXPECT_THAT(lines.back(), StartsWith("boot: REFUSED: ")) << "word " << word << " " << value;
  }
}

}  // namespace
}  // namespace tests::boot
