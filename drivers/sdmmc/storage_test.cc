#include "drivers/sdmmc/storage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>

namespace drivers::sdmmc {
namespace {

using testing::HasSubstr;

struct FileStorageTest : testing::Test {
  FileStorageTest() {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  ~FileStorageTest() override { std::filesystem::remove_all(folder); }

  std::filesystem::path folder = testing::TempDir() + "/storage_test." + std::to_string(getpid());
  std::string path = (folder / "emmc.img").string();
  std::array<std::byte, 4> abcd{std::byte{'a'}, std::byte{'b'}, std::byte{'c'}, std::byte{'d'}};
  std::array<std::byte, 4> out{};
};

TEST_F(FileStorageTest, ContentOutlivesTheProgram) {
  {
    auto storage = FileStorage::open(path, 1 << 20);
    ASSERT_TRUE(storage);
    ASSERT_TRUE((*storage)->write(1000, abcd));
  }
  auto storage = FileStorage::open(path, 1 << 20);
  ASSERT_TRUE(storage);
  ASSERT_TRUE((*storage)->read(1000, out));
  EXPECT_EQ(out, abcd);
}

TEST_F(FileStorageTest, ABigBlankCardTakesNoRoom) {
  auto storage = FileStorage::open(path, uint64_t{64} << 30);
  ASSERT_TRUE(storage);
  ASSERT_TRUE((*storage)->write((uint64_t{64} << 30) - 4, abcd));
  ASSERT_TRUE((*storage)->read((uint64_t{64} << 30) - 4, out));
  EXPECT_EQ(out, abcd);
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_LT(status.st_blocks * 512, 1 << 20);
}

TEST_F(FileStorageTest, EraseLeavesZeros) {
  auto storage = FileStorage::open(path, 1 << 20);
  ASSERT_TRUE(storage);
  ASSERT_TRUE((*storage)->write(5000, abcd));
  ASSERT_TRUE((*storage)->erase(5001, 100'000));
  ASSERT_TRUE((*storage)->read(5000, out));
  EXPECT_EQ(out, (std::array{std::byte{'a'}, std::byte{0}, std::byte{0}, std::byte{0}}));
}

TEST_F(FileStorageTest, AFileOfAnotherSizeIsRefusedWithAReason) {
  ASSERT_TRUE(FileStorage::open(path, 1 << 20));
  const auto wrong = FileStorage::open(path, 2 << 20);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error(), HasSubstr("1048576 bytes, the card 2097152"));
}

TEST_F(FileStorageTest, WhatCannotBeOpenedIsRefusedWithAReason) {
  const auto missing = FileStorage::open((folder / "no" / "such").string(), 512);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error(), HasSubstr("No such file"));
  const auto device = FileStorage::open("/dev/null", 512);
  ASSERT_FALSE(device);
  EXPECT_THAT(device.error(), HasSubstr("not a regular file"));
}

TEST_F(FileStorageTest, AFailingDiskIsReportedNotIgnored) {
  auto storage = FileStorage::open(path, 1 << 20);
  ASSERT_TRUE(storage);
  // The limit on file sizes stands in for a full disk: writes beyond it fail.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{.rlim_cur = 4096, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  const auto outcome = (*storage)->write(8192, abcd);
  setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error(), HasSubstr("writing card image"));
  EXPECT_TRUE((*storage)->write(8192, abcd));
}

TEST_F(FileStorageTest, AFileCutShortUnderOurFeetIsReported) {
  auto storage = FileStorage::open(path, 1 << 20);
  ASSERT_TRUE(storage);
  std::filesystem::resize_file(path, 512);
  const auto outcome = (*storage)->read(4096, out);
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error(), HasSubstr("cut short"));
}

}  // namespace
}  // namespace drivers::sdmmc
