// Random damage to a valid image. Run it under the sanitizers: what it looks for is a read or an
// arithmetic step out of bounds; besides, that nothing damaged is approved.
#include <gtest/gtest.h>

#include <random>

#include "firmware/boot/image_fixture.h"

namespace firmware::boot {
namespace {

class ImageFuzz : public testing::Test {
 protected:
  /// Values that break bounds checks more often than random ones.
  uint32_t nasty() {
    static constexpr uint32_t kValues[] = {0,           1,           7,           8,
                                           0xfff,       0x1000,      0x2000'0000, 0x7fff'ffff,
                                           0x8000'0000, 0xffff'f000, 0xffff'fff8, 0xffff'ffff};
    return random_() % 3 ? kValues[random_() % std::size(kValues)] : random_();
  }

  void damage(std::vector<std::byte>& bytes) {
    constexpr uint32_t kTables = 2 * SmallImage::kPage;
    for (unsigned i = 0, count = 1 + random_() % 3; i < count; ++i) {
      const bool header = random_() % 2;
      const uint32_t at = header ? random_() % (sizeof(kernel::abi::ImageHeader) / 4) * 4
                                 : kTables + random_() % (table_bytes() / 4) * 4;
      const uint32_t value = nasty();
      std::memcpy(bytes.data() + at, &value, sizeof value);
    }
  }
  static uint32_t table_bytes() {
    return sizeof(SmallImage::processes) + sizeof(SmallImage::segments) +
           sizeof(SmallImage::grants) + sizeof(SmallImage::services);
  }

  const SmallImage image_;
  const std::array<TrustedKey, 1> keys_{image_.trusted()};
  const std::vector<std::byte> good_ = image_.bytes();
  std::mt19937 random_{20};
};

TEST_F(ImageFuzz, DamagedUnsignedImagesAreNeverApproved) {
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> bytes = good_;
    damage(bytes);
    if (bytes == good_) continue;
    ASSERT_EQ(load_and_judge(bytes, keys_).verdict, Verdict::kRefused) << "round " << round;
  }
}

TEST_F(ImageFuzz, TablesOfAnyContentAreJudgedWithinTheImage) {
  unsigned passed = 0;
  for (int round = 0; round < 100'000; ++round) {
    // A heap block of exactly the image's size: the sanitizer sees any step past it.
    std::vector<std::byte> bytes = image_.unsigned_bytes();
    damage(bytes);
    const uint32_t size = bytes.size();
    std::memcpy(bytes.data() + offsetof(kernel::abi::ImageHeader, total_size), &size, 4);
    passed += check_tables(bytes) == Refusal::kNone;
  }
  // Damage to padding, priorities, masks and the like leaves a well-formed image.
  EXPECT_GT(passed, 100u);
}

TEST_F(ImageFuzz, ImagesOfAnyLengthAreJudgedWithinTheirBytes) {
  for (size_t size = 0; size < good_.size(); size += 1 + random_() % 97) {
    const std::vector<std::byte> part(good_.begin(), good_.begin() + size);
    EXPECT_NE(load_and_judge(part, keys_).verdict, Verdict::kApproved);
    EXPECT_NE(check_tables(part), Refusal::kNone);
  }
}

}  // namespace
}  // namespace firmware::boot
