#include "firmware/boot/image.h"

#include <gtest/gtest.h>

#include <string>

#include "firmware/boot/image_fixture.h"

namespace firmware::boot {
namespace {

using kernel::abi::ImageHeader;

Refusal refusal_of_header(const SmallImage& image, Room room = SmallImage::kRoom) {
  const auto header = read_header(image.unsigned_bytes(), room);
  return header ? Refusal::kNone : header.error();
}

TEST(Image, SignedByATrustedKeyIsApprovedAndNamesKeyAndEntry) {
  const SmallImage image;
  const TrustedKey keys[] = {SmallImage(9).trusted(), image.trusted()};
  const Judgement judgement = load_and_judge(image.bytes(), keys);
  EXPECT_EQ(judgement.verdict, Verdict::kApproved);
  EXPECT_EQ(judgement.refusal, Refusal::kNone);
  EXPECT_EQ(judgement.key, &keys[1]);
  EXPECT_EQ(judgement.entry, 0x2000'1000u);
}

TEST(Image, EveryFlippedBitAfterTheKeyIdBreaksTheSignatureOrIsRefusedEarlier) {
  const SmallImage image;
  const TrustedKey keys[] = {image.trusted()};
  std::vector<std::byte> bytes = image.bytes();
  for (size_t bit = 0; bit < 8 * bytes.size(); bit += bit < 8 * sizeof(ImageHeader) ? 1 : 509) {
    bytes[bit / 8] ^= std::byte{1} << bit % 8;
    EXPECT_EQ(load_and_judge(bytes, keys).verdict, Verdict::kRefused) << "bit " << bit;
    bytes[bit / 8] ^= std::byte{1} << bit % 8;
  }
  EXPECT_EQ(load_and_judge(bytes, keys).verdict, Verdict::kApproved);
}

TEST(Image, SignedByAnUnknownKeyIsRefusedAsSuch) {
  const SmallImage image(1);
  const TrustedKey keys[] = {SmallImage(2).trusted()};
  EXPECT_EQ(load_and_judge(image.bytes(), keys).refusal, Refusal::kOtherKey);
  EXPECT_EQ(load_and_judge(image.bytes(), {}).refusal, Refusal::kOtherKey);
}

TEST(Image, ClaimingATrustedKeyWithoutItsSignatureIsRefused) {
  SmallImage image(1);
  const SmallImage trusted(2);
  image.header.key_id = trusted.header.key_id;
  const TrustedKey keys[] = {trusted.trusted()};
  EXPECT_EQ(load_and_judge(image.bytes(), keys).refusal, Refusal::kSignature);
}

TEST(Image, ReleaseBootstrapWantsAReleaseKeyAndAReleaseImage) {
  SmallImage image;
  const auto judged = [&](uint32_t flags, bool development) {
    image.header.flags = flags;
    const TrustedKey keys[] = {image.trusted(development)};
    return load_and_judge(image.bytes(), keys, Policy::kRelease).refusal;
  };
  using enum kernel::abi::ImageFlags;
  EXPECT_EQ(judged(kImageRelease, false), Refusal::kNone);
  EXPECT_EQ(judged(kImageRelease, true), Refusal::kDevelopmentKey);
  EXPECT_EQ(judged(kImageTest, false), Refusal::kTestImage);
  EXPECT_EQ(judged(kImageRelease | kImageTest, false), Refusal::kTestImage);
  EXPECT_EQ(judged(0, false), Refusal::kTestImage);
}

TEST(Image, WhatTheCardAnsweredFirstMustBeWhatWasLoaded) {
  const SmallImage image;
  const TrustedKey keys[] = {image.trusted()};
  const std::vector<std::byte> bytes = image.bytes();
  ImageHeader planned = *read_header(bytes, SmallImage::kRoom);
  planned.load_address += 0x1000;
  EXPECT_EQ(judge(bytes, planned, SmallImage::kRoom, keys, Policy::kDevelopment).refusal,
            Refusal::kChanged);
}

TEST(ImageHeader, HostileSizesAndAddressesAreNamed) {
  const auto with = [](auto change) {
    SmallImage image;
    change(image.header);
    return refusal_of_header(image);
  };
  using H = ImageHeader;
  EXPECT_EQ(with([](H&) {}), Refusal::kNone);
  EXPECT_EQ(with([](H& h) { h.magic ^= 1; }), Refusal::kNotAnImage);
  EXPECT_EQ(with([](H& h) { h.format = 2; }), Refusal::kFormat);
  EXPECT_EQ(with([](H& h) { h.total_size = h.signed_size = 0; }), Refusal::kSize);
  EXPECT_EQ(with([](H& h) { h.signed_size -= 1; }), Refusal::kSize);
  EXPECT_EQ(with([](H& h) { h.total_size = h.signed_size = (1 << 20) + 1; }), Refusal::kTruncated);
  EXPECT_EQ(with([](H& h) { h.total_size = h.signed_size = ~0u; }), Refusal::kTruncated);
  EXPECT_EQ(with([](H& h) { h.load_address = 0x0020'0000; }), Refusal::kLoadAddress);
  EXPECT_EQ(with([](H& h) { h.load_address += 4; }), Refusal::kLoadAddress);
  EXPECT_EQ(with([](H& h) { h.load_address = 0x2800'0000; }), Refusal::kLoadAddress);
  EXPECT_EQ(with([](H& h) { h.load_address = 0x27ff'f000; }), Refusal::kTooLarge);
  EXPECT_EQ(with([](H& h) { h.kernel_offset = 0; }), Refusal::kKernelRange);
  EXPECT_EQ(with([](H& h) { h.kernel_offset = 0x1004; }), Refusal::kKernelRange);
  EXPECT_EQ(with([](H& h) { h.kernel_offset = 0xffff'f000; }), Refusal::kKernelRange);
  EXPECT_EQ(with([](H& h) { h.kernel_size = 0; }), Refusal::kKernelRange);
  EXPECT_EQ(with([](H& h) { h.kernel_size = h.kernel_memory = ~0u; }), Refusal::kKernelRange);
  EXPECT_EQ(with([](H& h) { h.kernel_memory = h.kernel_size - 1; }), Refusal::kKernelRange);
  EXPECT_EQ(with([](H& h) { h.kernel_memory = ~0u; }), Refusal::kTooLarge);
  const auto pools = [&](uint32_t offset, uint32_t size) {
    return with([=](H& h) { h.pools_offset = offset, h.pools_size = size; });
  };
  EXPECT_EQ(pools(0x10'0000, 0x1000), Refusal::kNone);
  EXPECT_EQ(pools(0x1000, 0x1000), Refusal::kKernelRange);
  EXPECT_EQ(pools(0x10'0000, ~0u), Refusal::kTooLarge);
  EXPECT_EQ(pools(~0u - 0xfff, 0x1000), Refusal::kTooLarge);
  EXPECT_EQ(with([](H& h) { h.process_count = 0x1000'0000; }), Refusal::kTables);
  EXPECT_EQ(with([](H& h) { h.segment_offset = ~0u - 7; }), Refusal::kTables);
  EXPECT_EQ(with([](H& h) { h.grant_offset += 4; }), Refusal::kTables);
  EXPECT_EQ(with([](H& h) { h.service_offset = 8; }), Refusal::kTables);
}

TEST(ImageHeader, PartitionThatEndsInsideTheImageMeansTruncated) {
  Room room = SmallImage::kRoom;
  room.available = 7 * SmallImage::kPage - 1;
  EXPECT_EQ(refusal_of_header(SmallImage{}, room), Refusal::kTruncated);
}

TEST(ImageHeader, FewerBytesThanAHeaderMeanTruncated) {
  const std::vector<std::byte> bytes = SmallImage{}.bytes();
  const auto header = read_header(std::span(bytes).first(175), SmallImage::kRoom);
  EXPECT_EQ(header.error(), Refusal::kTruncated);
}

TEST(Refusals, EachHasASentenceOfItsOwn) {
  for (uint32_t i = 0; i < static_cast<uint32_t>(Refusal::kCount); ++i)
    for (uint32_t j = 0; j < i; ++j)
      EXPECT_NE(sentence(static_cast<Refusal>(i)), sentence(static_cast<Refusal>(j)));
}

TEST(KeyId, IsTheStartOfTheSha512OfTheKey) {
  // RFC 8032, section 7.1, test 1; the hash by coreutils' sha512sum.
  const PublicKey key{0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe,
                      0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6,
                      0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};
  EXPECT_EQ(key_id(key), (KeyId{0x0e, 0x02, 0xa5, 0x02, 0x25, 0xb4, 0xba, 0xaa}));
}

}  // namespace
}  // namespace firmware::boot
