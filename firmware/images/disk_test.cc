#include "firmware/images/disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "firmware/boot/image_fixture.h"
#include "firmware/boot/mbr.h"
#include "firmware/images/files.h"

namespace firmware::images {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class DiskTest : public testing::Test {
 protected:
  DiskTest() { fs::create_directories(scratch_); }

  Outcome<Bytes> make() { return make_disk({}, bootstrap_, image_, scratch_); }

  /// What a command prints; fails the test when its status is not 0.
  std::string run(const std::string& command) {
    const fs::path out = scratch_ / "out";
    EXPECT_EQ(std::system((command + " > '" + out.string() + "' 2>&1").c_str()), 0) << command;
    return *read_text(out);
  }
  /// The first partition's file system, as a file of its own.
  fs::path fat_of(const Bytes& disk) {
    const auto boot = boot::find_partition(std::span(disk).first<512>(), boot::kFat12Type, 8192);
    EXPECT_TRUE(boot);
    const fs::path file = scratch_ / "fat";
    EXPECT_TRUE(write_file(file, std::span(disk).subspan(boot->first_block * 512, boot->bytes())));
    return file;
  }
  /// What a bootstrap that trusts the fixture's key makes of the card.
  boot::Refusal judged(const Bytes& disk) {
    const auto part = boot::find_partition(std::span(disk).first<512>(), boot::kSystemType, 8192);
    if (!part) return boot::Refusal::kNotAnImage;
    const auto card = std::span(disk).subspan(part->first_block * 512, part->bytes());
    boot::Room room = boot::SmallImage::kRoom;
    room.available = part->bytes();
    auto header = boot::read_header(card, room);
    if (!header) return header.error();
    const boot::TrustedKey keys[] = {small_.trusted(true)};
    return boot::judge(card.first(header->total_size), *header, room, keys,
                       boot::Policy::kDevelopment)
        .refusal;
  }

  const fs::path scratch_ =
      fs::path(testing::TempDir()) / ("disk_test." + std::to_string(::getpid()));
  const RemovedAtEnd cleanup_{scratch_};
  const boot::SmallImage small_;
  Bytes bootstrap_ = Bytes(50'000, std::byte{0x5a});
  Bytes image_ = small_.bytes();
};

TEST_F(DiskTest, FsckAndMtoolsFindAGoodFileSystemWithTheBootstrapInIt) {
  const Bytes disk = *make();
  EXPECT_EQ(disk.size(), 4u << 20);
  const std::string fat = fat_of(disk).string();
  run("PATH=$PATH:/sbin:/usr/sbin fsck.fat -n -v '" + fat + "'");
  EXPECT_THAT(run("PATH=$PATH:/sbin:/usr/sbin fsck.fat -n -v '" + fat + "'"),
              HasSubstr("12 bit entries"));
  EXPECT_THAT(run("mdir -b -i '" + fat + "' ::"), HasSubstr("::/boot.bin"));
  const fs::path copy = scratch_ / "copy";
  run("mcopy -i '" + fat + "' ::boot.bin '" + copy.string() + "'");
  EXPECT_EQ(*read_file(copy), bootstrap_);
}

TEST_F(DiskTest, UtilLinuxReadsThePartitionTable) {
  const fs::path file = scratch_ / "disk";
  ASSERT_TRUE(write_file(file, *make()));
  EXPECT_EQ(run("partx --raw --noheadings -o START,SECTORS,TYPE '" + file.string() + "'"),
            "128 1920 0x1\n2048 6144 0xda\n");
}

TEST_F(DiskTest, SameInputsGiveTheSameBytes) {
  const Bytes first = *make();
  ::sleep(3);  // FAT times count in steps of two seconds
  EXPECT_TRUE(first == *make());
  EXPECT_TRUE(fs::is_empty(scratch_));
}

TEST_F(DiskTest, TheBootstrapFindsAndApprovesTheImageOnTheCard) {
  EXPECT_EQ(judged(*make()), boot::Refusal::kNone);
}

TEST_F(DiskTest, DamagedCardsAreRefusedForTheRightReason) {
  Bytes disk = *make();
  ASSERT_TRUE(damage(disk, Damage::kPayload));
  EXPECT_EQ(judged(disk), boot::Refusal::kSignature);
  disk = *make();
  ASSERT_TRUE(damage(disk, Damage::kTruncated));
  EXPECT_EQ(judged(disk), boot::Refusal::kTruncated);
}

TEST_F(DiskTest, OnlyACardWithAnImageCanBeDamaged) {
  Bytes blank(4 << 20);
  EXPECT_FALSE(damage(blank, Damage::kPayload));
  Bytes small(100);
  EXPECT_FALSE(damage(small, Damage::kPayload));
}

TEST_F(DiskTest, WhatDoesNotFitIsRefused) {
  bootstrap_.resize(64 << 10);
  EXPECT_TRUE(make());
  bootstrap_.resize((64 << 10) + 1);
  EXPECT_THAT(make().error().what, HasSubstr("the ROM loads 1 to 65536"));
  bootstrap_.resize(100);
  image_.resize((3 << 20) + 1);
  EXPECT_THAT(make().error().what, HasSubstr("its partition only 3145728"));
}

TEST_F(DiskTest, MissingMtoolsAreNamedWithTheRemedy) {
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nowhere", 1);
  const auto disk = make();
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_THAT(disk.error().what, HasSubstr("apt-get install mtools"));
}

}  // namespace
}  // namespace firmware::images
