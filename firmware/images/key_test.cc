#include "firmware/images/key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "firmware/boot/image_fixture.h"
#include "firmware/images/files.h"

namespace firmware::images {
namespace {

using testing::HasSubstr;

TEST(DevelopmentKey, FollowsFromItsName) {
  const SigningKey a = *development_key("DEVELOPMENT-ONLY-a");
  EXPECT_EQ(a.public_key, (*development_key("DEVELOPMENT-ONLY-a")).public_key);
  EXPECT_NE(a.public_key, (*development_key("DEVELOPMENT-ONLY-b")).public_key);
  EXPECT_TRUE(a.development());
  EXPECT_FALSE(development_key("prime"));
}

TEST(DevelopmentKey, FilesInTheTreeHoldWhatFollowsFromTheirNames) {
  unsigned count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TOUCHSTONE_KEYS)) {
    const SigningKey key = *development_key(entry.path().stem().string());
    EXPECT_EQ(*read_text(entry.path()), public_text(key)) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 1u);
}

TEST(ReleaseKey, SurvivesItsFile) {
  auto fresh = random_key("release-1");
  ASSERT_TRUE(fresh) << fresh.error().what;
  EXPECT_FALSE(fresh->development());
  auto read = parse_secret(secret_text(*fresh), "k");
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->public_key, fresh->public_key);
  EXPECT_EQ(read->secret, fresh->secret);
  EXPECT_NE((*random_key("release-1")).secret, fresh->secret);
}

TEST(ReleaseKey, CannotBeNamedLikeADevelopmentKey) {
  EXPECT_FALSE(random_key("DEVELOPMENT-ONLY-x"));
  EXPECT_FALSE(random_key("two words"));
  EXPECT_FALSE(random_key(""));
}

TEST(SecretFile, MistakesAreReportedWithTheirLine) {
  const SigningKey key = *random_key("release-1");
  const auto failure = [](const std::string& text) {
    const auto read = parse_secret(text, "k");
    return read ? std::string() : read.error().what;
  };
  const std::string good = secret_text(key);
  EXPECT_EQ(failure(good), "");
  EXPECT_THAT(failure(""), HasSubstr("k:1:1: not a key file"));
  EXPECT_THAT(failure(public_text(key)), HasSubstr("this is a public key"));
  EXPECT_THAT(failure(good.substr(0, good.size() - 3)), HasSubstr("k:3:1:"));
  std::string bad = good;
  bad[bad.size() - 2] = 'x';
  EXPECT_THAT(failure(bad), HasSubstr("64 hexadecimal digits"));
}

TEST(Sign, PutsAKeyIdAndASignatureThatTheBootstrapAccepts) {
  const boot::SmallImage small;
  Bytes image = small.unsigned_bytes();
  const SigningKey key = *development_key("DEVELOPMENT-ONLY-a");
  ASSERT_TRUE(sign(image, key));
  const boot::TrustedKey keys[] = {{key.name, key.public_key, true}};
  EXPECT_EQ(boot::load_and_judge(image, keys).verdict, boot::Verdict::kApproved);
  EXPECT_EQ(boot::load_and_judge(image, keys, boot::Policy::kRelease).refusal,
            boot::Refusal::kDevelopmentKey);
}

TEST(Sign, DevelopmentKeyNeverSignsARelease) {
  boot::SmallImage small;
  small.header.flags = kernel::abi::kImageRelease;
  Bytes image = small.unsigned_bytes();
  const auto refused = sign(image, *development_key("DEVELOPMENT-ONLY-a"));
  EXPECT_THAT(refused.error().what, HasSubstr("must not sign a release"));
  EXPECT_TRUE(sign(image, *random_key("release-1")));
}

TEST(Sign, OnlyImagesAreSigned) {
  Bytes image(200);
  EXPECT_FALSE(sign(image, *development_key("DEVELOPMENT-ONLY-a")));
  image = boot::SmallImage{}.unsigned_bytes();
  image.pop_back();
  EXPECT_FALSE(sign(image, *development_key("DEVELOPMENT-ONLY-a")));
}

}  // namespace
}  // namespace firmware::images
