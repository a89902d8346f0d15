#include "hil/record/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace hil::record {
namespace {

using testing::HasSubstr;

class FilesTest : public testing::Test {
 protected:
  FilesTest() { std::filesystem::create_directories(folder_); }
  ~FilesTest() override { std::filesystem::remove_all(folder_); }

  std::string content(const std::string& name) {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("files_test_" + std::to_string(getpid()));
};

TEST_F(FilesTest, AtomicWriteReplacesAndLeavesNoDraft) {
  ASSERT_TRUE(write_atomically(folder_ / "a", "one"));
  ASSERT_TRUE(write_atomically(folder_ / "a", "two"));
  EXPECT_EQ(content("a"), "two");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a.tmp"));
}

TEST_F(FilesTest, AFullDiskKeepsWhatStoodThereAndSaysSo) {
  ASSERT_TRUE(write_atomically(folder_ / "a", "measured so far"));
  std::filesystem::create_symlink("/dev/full", folder_ / "a.tmp");
  const auto written = write_atomically(folder_ / "a", "more");
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().what, HasSubstr("the disk is full"));
  EXPECT_EQ(content("a"), "measured so far");
}

TEST_F(FilesTest, AppendToAFullDiskSaysSo) {
  std::filesystem::create_symlink("/dev/full", folder_ / "log");
  Appender log;
  ASSERT_TRUE(log.open(folder_ / "log"));
  EXPECT_THAT(log.append("x").error().what, HasSubstr("the disk is full"));
}

TEST_F(FilesTest, AMissingFolderIsNamed) {
  EXPECT_THAT(write_atomically(folder_ / "none" / "a", "x").error().what, HasSubstr("none/a"));
}

TEST_F(FilesTest, Sha256MatchesTheStandardsVector) {
  ASSERT_TRUE(write_atomically(folder_ / "abc", "abc"));
  EXPECT_EQ(sha256_of_file(folder_ / "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_of_file(folder_ / "none"), "");
}

}  // namespace
}  // namespace hil::record
