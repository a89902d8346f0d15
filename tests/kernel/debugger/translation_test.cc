#include "tests/kernel/debugger/translation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernel/abi/layout.h"

namespace tests::kernel::debugger {
namespace {

namespace abi = ::kernel::abi;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr uint32_t kPage = 4096;
constexpr Ram kRam{.base = 0x2000'0000, .size = 0x0800'0000, .encrypted = 0x4000'0000};
constexpr uint32_t kTable = 0x2100'0000;  // a first-level table of a whole space
constexpr uint32_t kSecond = 0x2180'0000;

// Entries, ARM ARM B3.5.1.
constexpr uint32_t kUserText = 0x87e | 0x200;           // normal, AP 111
constexpr uint32_t kUserData = 0x87e | 1;               // normal, AP 011, never executed
constexpr uint32_t kUserConstants = 0x87e | 0x200 | 1;  // normal, AP 111, never executed
constexpr uint32_t kUserDevice = 0x836 | 1;
constexpr uint32_t kKernelText = 0x05e | 0x200;  // normal, AP 101, global
constexpr uint32_t kKernelData = 0x05e | 1;      // normal, AP 001, global
constexpr uint32_t kSection = 0x141e;            // the same as a section

/// Tables put together by hand, in a memory with nothing else.
class Tables {
 public:
  void page(uint32_t address, uint32_t entry) {
    const uint32_t megabyte = address >> 20;
    const uint32_t second = kSecond + megabyte * 1024;
    memory_[kTable + megabyte * 4] = second | 1;
    memory_[second + (address >> 12 & 255) * 4] = entry;
  }
  void section(uint32_t address, uint32_t entry) { memory_[kTable + (address >> 20) * 4] = entry; }
  Walk lower() { return walk(reader(), kTable, 0, 2048); }
  Walk upper() { return walk(reader(), kTable, 2048, 4096); }

 private:
  ReadMemory reader() {
    return [this](uint32_t physical, size_t words) {
      std::vector<uint32_t> out;
      for (size_t i = 0; i < words; ++i) {
        const auto at = memory_.find(physical + i * 4);
        out.push_back(at == memory_.end() ? 0 : at->second);
      }
      return out;
    };
  }
  std::map<uint32_t, uint32_t> memory_;
};

/// A process with a page of text and one of data, a device and memory for it.
Image make_image() {
  Image image;
  image.header.load_address = kRam.base;
  image.segments = {{.address = abi::kImageBase,
                     .offset = 0x8000,
                     .memory_size = kPage,
                     .flags = abi::kSegmentExecute},
                    {.address = abi::kImageBase + kPage,
                     .offset = 0x9000,
                     .memory_size = kPage,
                     .flags = abi::kSegmentWrite}};
  image.grants = {{.kind = abi::GrantKind::kDevice, .a = 0xf800'c000, .b = kPage}};
  image.processes = {{.stack_size = kPage, .segment_count = 2, .grant_count = 1}};
  return image;
}

class TranslationTest : public testing::Test {
 protected:
  static constexpr uint32_t kText = abi::kImageBase + 0x5'0000;
  static constexpr uint32_t kEncrypted = 0x4200'0000;

  void SetUp() override {
    tables.page(kText, 0x2000'8000 | kUserText);
    tables.page(kText + kPage, kEncrypted | kUserData);
    tables.page(0x6000'5000, (kEncrypted + kPage) | kUserConstants);
    tables.page(0x7012'3000, (kEncrypted + 2 * kPage) | kUserData);
    tables.page(0xc000'1000, 0x2000'1000 | kKernelText);
    tables.page(0xc000'2000, 0x2000'2000 | kKernelData);
    tables.section(0xc030'0000, 0x2030'0000 | kSection);
  }
  std::vector<std::string> process(State state = State::kWhole) {
    return audit_process(tables.lower(), make_image(), 0, state, kRam);
  }
  std::vector<std::string> kernel() { return audit_kernel(tables.upper(), kRam); }

  Tables tables;
};

TEST_F(TranslationTest, WhatWasPromisedIsRight) {
  EXPECT_THAT(process(), IsEmpty());
  tables.page(0x5000'0000, 0xf800'c000 | kUserDevice);
  EXPECT_THAT(process(), IsEmpty()) << "its own device";
  EXPECT_THAT(kernel(), IsEmpty());
  EXPECT_THAT(audit_sharing({{0, tables.lower()}}, kRam, kRam.base), IsEmpty());
}

TEST_F(TranslationTest, RightsAreReadAsTheArchitectureSaysThem) {
  const Walk lower = tables.lower();
  ASSERT_EQ(lower.pages.size(), 4u);
  EXPECT_EQ(lower.pages[0].user, (Rights{.read = true, .execute = true}));
  EXPECT_EQ(lower.pages[1].user, (Rights{.read = true, .write = true}));
  EXPECT_EQ(lower.pages[2].user, (Rights{.read = true}));
  const Walk upper = tables.upper();
  ASSERT_EQ(upper.pages.size(), 258u);
  EXPECT_EQ(upper.pages[0].privileged, (Rights{.read = true, .execute = true}));
  EXPECT_EQ(upper.pages[0].user, Rights{});
  EXPECT_EQ(upper.pages[257].privileged, (Rights{.read = true, .write = true}));
  EXPECT_EQ(upper.pages[257].physical, 0x203f'f000u);
}

TEST_F(TranslationTest, AnythingMoreIsFound) {
  struct Wrong {
    uint32_t address, entry;
    const char* found;
  };
  const Wrong wrongs[] = {
      {kText, 0x2000'8000 | (kUserText & ~0x200u), "can be written and run"},
      {kText, 0x2000'9000 | kUserText, "is not the image's page"},
      {kText, kEncrypted | kUserData, "is not text"},
      {kText + kPage, kEncrypted | (kUserData & ~1u), "can be written and run"},
      {kText + kPage, 0x2200'0000 | kUserData, "outside of the encryption"},
      {kText + kPage, 0, "should be a page of the program"},
      {kText + 2 * kPage, kEncrypted | kUserData, "is no page of the program"},
      {0x2000'0000, 0x2200'0000 | kUserData, "is heap outside of the encryption"},
      {0x2000'0000, kEncrypted | kUserText, "can be run outside of the image area"},
      {0x5000'0000, 0xf800'd000 | kUserDevice, "of a device that the manifest does not name"},
      {0x5000'0000, 0x2200'0000 | kUserData, "of a device that the manifest does not name"},
      {0x2000'0000, 0xf800'c000 | kUserDevice, "is a device outside of the device area"},
      {0x6000'6000, kEncrypted | kUserConstants, "2 pages of arguments, not 1"},
      {0x6000'5000, kEncrypted | kUserData, "has not the rights of arguments"},
      {0x7012'4000, kEncrypted | kUserData, "2 pages of stack, not 1"},
      {0x7012'3000, 0, "0 pages of stack, not 1"},
      {0x0000'0000, kEncrypted | kUserData, "is in no area"},
      {0x7fff'f000, kEncrypted | kUserData, "is in no area"},
      {0x2000'0000, kEncrypted | (kUserData & ~0x800u), "is global"},
      {0x2000'0000, kEncrypted | kKernelData | 0x800, "is there, but not to be read"},
  };
  for (const Wrong& wrong : wrongs) {
    Tables right = tables;
    tables.page(wrong.address, wrong.entry);
    EXPECT_THAT(process(), Contains(HasSubstr(wrong.found))) << std::hex << wrong.address;
    tables = right;
  }
}

TEST_F(TranslationTest, AnythingMoreOfTheKernelsHalfIsFound) {
  struct Wrong {
    uint32_t address, entry;
    const char* found;
  };
  const Wrong wrongs[] = {
      {0xc000'2000, 0x2000'2000 | kKernelData | 0x20, "is open to user mode"},
      {0xc000'2000, 0x2000'2000 | (kKernelData & ~1u), "can be written and run"},
      {0xc000'4000, 0x2000'4000 | kKernelText, "is run, apart from the kernel's text"},
      {0xc000'2000, 0x2000'3000 | kKernelData, "has no place there"},
      {0x9000'0000, 0x2000'2000 | kKernelData, "has no place there"},
      {0xf000'0000, 0x2000'2000 | kKernelData, "has no place there"},
      {0xc000'2000, 0x2000'2000 | kKernelData | 0x800, "is one process's"},
      {0xc000'2000, 0x2000'2000, "is not empty, but of no use"},
      {0xc000'1000, 0, "there is no text"},
  };
  for (const Wrong& wrong : wrongs) {
    Tables right = tables;
    tables.page(wrong.address, wrong.entry);
    EXPECT_THAT(kernel(), Contains(HasSubstr(wrong.found))) << std::hex << wrong.address;
    tables = right;
  }
  tables.section(0xc040'0000, 0x2040'0000 | kSection | 0x800);
  EXPECT_THAT(kernel(), Contains(HasSubstr("is open to user mode")));
}

TEST_F(TranslationTest, APageThatOneCanWriteIsNobodyElses) {
  const auto sharing = [](const Mapping& a, const Mapping& b, uint32_t first_free) {
    return audit_sharing({{1, {.pages = {a}}}, {2, {.pages = {b}}}}, kRam, first_free);
  };
  const Mapping writes{.address = 0x1000,
                       .physical = kEncrypted,
                       .user = {.read = true, .write = true},
                       .valid = true};
  Mapping reads = writes, lent = writes;
  reads.user.write = false;
  lent.user = {};
  lent.valid = false;
  EXPECT_THAT(sharing(writes, reads, kRam.base), Contains(HasSubstr("can be written")));
  Mapping other_window = reads;
  other_window.physical = kEncrypted - kRam.encrypted + kRam.base;
  EXPECT_THAT(sharing(writes, other_window, kRam.base), Contains(HasSubstr("can be written")));
  EXPECT_THAT(sharing(reads, reads, kRam.base), IsEmpty());
  EXPECT_THAT(sharing(writes, lent, kRam.base), IsEmpty());
  EXPECT_THAT(sharing(writes, lent, 0x2300'0000), Contains(HasSubstr("is the kernel's")));
}

TEST_F(TranslationTest, AProcessThatIsHalfMadeMayHaveLess) {
  tables.page(kText + kPage, 0);
  tables.page(0x7012'3000, 0);
  tables.page(0x6000'5000, 0);
  EXPECT_THAT(process(State::kAny), IsEmpty());
  tables.page(0x2000'0000, 0x2200'0000 | kUserData);
  EXPECT_THAT(process(State::kAny), Contains(HasSubstr("is heap outside of the encryption")));
}

}  // namespace
}  // namespace tests::kernel::debugger
