#include "firmware/images/elf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "firmware/images/elf_fixture.h"

namespace firmware::images {
namespace {

using testing::HasSubstr;

std::string failure_of(const SmallElf& elf) {
  const Bytes bytes = elf.bytes();
  const auto parsed = parse_elf(bytes);
  return parsed ? "" : parsed.error().what;
}

TEST(Elf, SegmentsComeByRisingAddressWithTheirContentsAndRights) {
  SmallElf file = small_process();
  std::swap(file.pieces[0], file.pieces[1]);
  const Bytes bytes = file.bytes();
  const auto elf = parse_elf(bytes);
  ASSERT_TRUE(elf) << elf.error().what;
  EXPECT_EQ((*elf).entry, 0x0001'0000u);
  ASSERT_EQ((*elf).segments.size(), 2u);
  const ElfSegment &code = (*elf).segments[0], &data = (*elf).segments[1];
  EXPECT_TRUE(code.address == 0x0001'0000 && code.execute && !code.write);
  EXPECT_TRUE(data.address == 0x0001'2000 && !data.execute && data.write);
  EXPECT_EQ(code.contents.size(), 5000u);
  EXPECT_EQ(data.memory_size, 9000u);
}

TEST(Elf, WhatLoadsNothingIsLeftOut) {
  SmallElf file = small_process().add(0x0009'0000, PF_R, 0, 0);
  file.add(0x0008'0000, PF_R, 8, 8).pieces.back().program.p_type = PT_ARM_EXIDX;
  const Bytes bytes = file.bytes();
  const auto elf = parse_elf(bytes);
  ASSERT_TRUE(elf);
  EXPECT_EQ((*elf).segments.size(), 2u);
}

TEST(Elf, OtherKindsOfFileAreNamed) {
  const auto with = [](auto change) {
    SmallElf file = small_process();
    change(file);
    return failure_of(file);
  };
  using F = SmallElf;
  EXPECT_EQ(with([](F&) {}), "");
  EXPECT_THAT(with([](F& f) { f.header.e_ident[1] = 'e'; }), HasSubstr("not an ELF file"));
  EXPECT_THAT(with([](F& f) { f.header.e_machine = EM_X86_64; }),
              HasSubstr("32-bit little-endian Arm"));
  EXPECT_THAT(with([](F& f) { f.header.e_ident[EI_CLASS] = ELFCLASS64; }), HasSubstr("Arm"));
  EXPECT_THAT(with([](F& f) { f.header.e_type = ET_REL; }), HasSubstr("not an executable"));
  EXPECT_THAT(with([](F& f) { f.header.e_entry |= 1; }), HasSubstr("not ARM code"));
  EXPECT_THAT(with([](F& f) { f.header.e_phentsize = 1; }), HasSubstr("damaged"));
  EXPECT_THAT(with([](F& f) { f.header.e_phoff = ~0u; }), HasSubstr("truncated"));
  EXPECT_THAT(with([](F& f) { f.pieces.clear(); }), HasSubstr("nothing to load"));
  EXPECT_THAT(with([](F& f) { f.pieces[1].program.p_type = PT_INTERP; }), HasSubstr("-static"));
  EXPECT_THAT(with([](F& f) { f.pieces[1].program.p_type = PT_TLS; }), HasSubstr("thread-local"));
  EXPECT_EQ(with([](F& f) {
              f.pieces.push_back(f.pieces[1]);
              f.pieces.back().program.p_type = PT_TLS;
              f.pieces.back().program.p_filesz = 4;
            }),
            "");
  EXPECT_THAT(with([](F& f) { f.pieces[1].program.p_filesz = 9001; }), HasSubstr("damaged"));
  EXPECT_THAT(with([](F& f) { f.pieces[1].program.p_offset = 1 << 30; }), HasSubstr("truncated"));
  EXPECT_THAT(with([](F& f) { f.pieces[1].program.p_vaddr = ~0u - 100; }), HasSubstr("damaged"));
  EXPECT_THAT(with([](F& f) { f.pieces[1].program.p_vaddr = 0x0001'1000; }), HasSubstr("overlap"));
}

TEST(ElfFuzz, NoFileMakesTheParserReadOutOfBounds) {
  std::mt19937 random(7);
  const Bytes good = small_process().bytes();
  unsigned accepted = 0;
  for (int round = 0; round < 100'000; ++round) {
    Bytes bytes = good;
    for (unsigned i = 0, count = 1 + random() % 4; i < count; ++i) {
      const uint32_t value =
          random() % 2 ? random() : (random() % 2 ? ~0u - random() % 64 : random() % 64);
      const size_t at = random() % (sizeof(Elf32_Ehdr) + 2 * sizeof(Elf32_Phdr) - 4);
      std::memcpy(bytes.data() + at, &value, 1 + random() % 4);
    }
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    bytes.shrink_to_fit();
    const auto elf = parse_elf(bytes);
    if (!elf) continue;
    ++accepted;
    unsigned sum = 0;
    for (const ElfSegment& segment : (*elf).segments)
      for (const std::byte byte : segment.contents) sum += std::to_integer<unsigned>(byte);
    ASSERT_NE(sum, ~0u);  // reads every byte: the sanitizer is the judge
  }
  EXPECT_GT(accepted, 1000u);
}

}  // namespace
}  // namespace firmware::images
