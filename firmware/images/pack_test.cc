#include "firmware/images/pack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmware/boot/image.h"
#include "firmware/images/elf_fixture.h"
#include "firmware/images/key.h"
#include "kernel/abi/layout.h"

namespace firmware::images {
namespace {

using kernel::abi::ImageHeader;
using kernel::abi::ProcessEntry;
using kernel::abi::Segment;
using testing::HasSubstr;

template <class T>
T at(const Bytes& image, uint32_t offset, uint32_t index = 0) {
  T item;
  std::memcpy(&item, image.data() + offset + index * sizeof item, sizeof item);
  return item;
}

/// A system of two processes that share nothing.
struct PackTest : testing::Test {
  PackTest() {
    system.build.value = "unit test";
    system.version = 5;
    system.kind = ImageKind::kTest;
    system.memory = 0x2000'0000;
    system.memory_size = 0x0800'0000;
    for (size_t i = 0; i < 2; ++i) {
      manifests[i].name = {i ? "client" : "server", {"m", 1, 1}};
      manifests[i].stack = 8192;
      manifests[i].priority = 10 + i;
    }
    manifests[0].serves = {{"os/names", {}}};
    manifests[1].permissions = {{{"os/names", {}}, {{"lookup", {}}}}};
  }

  Outcome<Bytes> pack() {
    kernel_bytes_ = kernel.bytes();
    Executable kernel_file{"kernel.elf", *parse_elf(kernel_bytes_)};
    std::array<Executable, 2> files;
    std::array<Process, 2> processes;
    for (size_t i = 0; i < 2; ++i) {
      program_bytes_[i] = programs[i].bytes();
      files[i] = {i ? "client.elf" : "server.elf", *parse_elf(program_bytes_[i])};
      processes[i] = {&manifests[i], &files[i]};
    }
    auto resolved = resolve(manifests, interfaces::kInterfaces, system.memory, system.memory_size);
    if (!resolved) return resolved.error();
    return lay_out(system, kernel_file, processes, *resolved);
  }
  std::string failure() {
    const auto image = pack();
    return image ? "" : image.error().what;
  }

  System system;
  std::array<Manifest, 2> manifests;
  SmallElf kernel = small_kernel();
  std::array<SmallElf, 2> programs{small_process(std::byte{1}), small_process(std::byte{2})};

 private:
  Bytes kernel_bytes_;
  std::array<Bytes, 2> program_bytes_;
};

TEST_F(PackTest, TheBootstrapApprovesWhatWasPackedAndSigned) {
  auto packed = pack();
  ASSERT_TRUE(packed) << packed.error().what;
  Bytes image = *std::move(packed);
  const SigningKey key = *development_key("DEVELOPMENT-ONLY-test");
  ASSERT_TRUE(sign(image, key));

  const boot::Room room{system.memory, system.memory_size, image.size()};
  auto header = boot::read_header(image, room);
  ASSERT_TRUE(header) << boot::sentence(header.error());
  const boot::TrustedKey keys[] = {{key.name, key.public_key, true}};
  const boot::Judgement judgement =
      boot::judge(image, *header, room, keys, boot::Policy::kDevelopment);
  EXPECT_EQ(judgement.verdict, boot::Verdict::kApproved) << boot::sentence(judgement.refusal);
  EXPECT_EQ(judgement.entry, 0x2000'1000u);
  EXPECT_STREQ(header->build.data(), "unit test");
  EXPECT_EQ(header->version, 5u);
  EXPECT_EQ(header->flags, kernel::abi::kImageTest);
}

TEST_F(PackTest, SameInputsGiveTheSameBytes) {
  auto first = pack(), second = pack();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
}

TEST_F(PackTest, KernelLiesWhereItIsLinkedWithRoomForItsZeros) {
  auto image = pack();
  ASSERT_TRUE(image);
  const auto header = at<ImageHeader>(*image, 0);
  EXPECT_EQ(header.kernel_offset, 0x1000u);
  EXPECT_EQ(header.kernel_size, 0x2000u + 16);
  EXPECT_EQ(header.kernel_memory, 0x7000u);  // 0xc0003000 + 20000 bytes, rounded up to pages
  EXPECT_GE(header.process_offset, 0x8000u);
  EXPECT_EQ((*image)[0x1000], std::byte{0xa5});
  EXPECT_EQ((*image)[0x3010], std::byte{0});
}

TEST_F(PackTest, SegmentsArePagesThatHoldTheProgramsBytes) {
  auto image = pack();
  ASSERT_TRUE(image);
  const auto header = at<ImageHeader>(*image, 0);
  ASSERT_EQ(header.segment_count, 4u);
  const auto code = at<Segment>(*image, header.segment_offset, 2);
  EXPECT_EQ(code.address, 0x0001'0000u);
  EXPECT_EQ(code.flags, kernel::abi::kSegmentExecute);
  EXPECT_EQ((*image)[code.offset], std::byte{2});
  EXPECT_EQ((*image)[code.offset + 4999], std::byte{2});
  EXPECT_EQ((*image)[code.offset + 5000], std::byte{0});
}

TEST_F(PackTest, EqualPagesAreStoredOnce) {
  auto different = pack();
  programs[1] = programs[0];
  auto equal = pack();
  ASSERT_TRUE(different && equal);
  EXPECT_EQ(different->size() - equal->size(), 3 * 4096u);
}

TEST_F(PackTest, ProgramsThatBreakTheRulesAreNamedWithTheRemedy) {
  const auto with = [&](auto change) {
    programs[1] = small_process();
    change(programs[1]);
    return failure();
  };
  using E = SmallElf;
  EXPECT_EQ(with([](E&) {}), "");
  EXPECT_THAT(with([](E& e) { e.pieces[0].program.p_flags |= PF_W; }),
              AllOf(HasSubstr("client.elf: segment at 0x00010000"),
                    HasSubstr("both writable and executable")));
  EXPECT_THAT(with([](E& e) { e.pieces[1].program.p_vaddr += 4; }),
              HasSubstr("does not begin on a page"));
  EXPECT_THAT(with([](E& e) { e.pieces[1].program.p_vaddr = 0x3000'0000; }),
              HasSubstr("kernel/abi/layout.h"));
  EXPECT_THAT(with([](E& e) { e.pieces[0].program.p_vaddr = 0x1000; }),
              HasSubstr("kernel/abi/layout.h"));
  EXPECT_THAT(with([](E& e) {
                e.pieces[0].program.p_memsz = 8000 + 4096;
                e.pieces[1].program.p_vaddr = 0x20000;
              }),
              HasSubstr("asks for zeros"));
  EXPECT_THAT(with([](E& e) { e.pieces[1].program.p_vaddr = 0x0001'1800; }),
              HasSubstr("does not begin on a page"));
  EXPECT_THAT(with([](E& e) { e.header.e_entry = 0x0001'2000; }), HasSubstr("not in its code"));
}

TEST_F(PackTest, KernelThatCannotRunWhereItIsLoadedIsNamed) {
  kernel = SmallElf(0xc000'0000).add(0xc000'0000, PF_R | PF_X, 100, 100);
  EXPECT_THAT(failure(),
              AllOf(HasSubstr("kernel.elf: begins 0x00000000"), HasSubstr("0xc0001000")));
  kernel = SmallElf(0x0000'8000).add(0x0000'8000, PF_R | PF_X, 100, 100);
  EXPECT_THAT(failure(), HasSubstr("is not in RAM"));
  kernel = small_kernel();
  kernel.header.e_entry += 4;
  EXPECT_THAT(failure(), HasSubstr("not its first byte"));
}

TEST_F(PackTest, KernelsPoolsAreNoPartOfTheImage) {
  const auto without = pack();
  kernel.add(0xc0e0'0000, PF_R | PF_W, 0, 0x10'0000);
  const auto image = pack();
  ASSERT_TRUE(without && image) << failure();
  EXPECT_EQ(image->size(), without->size());
  const auto header = at<ImageHeader>(*image, 0);
  EXPECT_EQ(header.pools_offset, 0xe0'0000u);
  EXPECT_EQ(header.pools_size, 0x10'0000u);
  EXPECT_EQ(header.kernel_memory, at<ImageHeader>(*without, 0).kernel_memory);
}

TEST_F(PackTest, ImageThatReachesTheKernelsPoolsIsRefused) {
  kernel.add(0xc000'9000, PF_R | PF_W, 0, 0x1000);
  EXPECT_THAT(failure(), AllOf(HasSubstr("reaches into the kernel's pools at 0x00009000"),
                               HasSubstr("kernel.ld")));
  kernel = small_kernel();
  kernel.add(0xc000'2c00, PF_R | PF_W, 0, 0x100);  // between code and data
  EXPECT_THAT(failure(), HasSubstr("in its middle"));
}

TEST_F(PackTest, KernelMayBeLinkedWithPhysicalLoadAddresses) {
  auto by_view = pack();
  for (auto& piece : kernel.pieces) piece.program.p_paddr -= 0xa000'0000;
  kernel.header.e_entry -= 0xa000'0000;
  auto by_load_address = pack();
  ASSERT_TRUE(by_view && by_load_address);
  EXPECT_EQ(*by_view, *by_load_address);
}

TEST_F(PackTest, SystemLargerThanRamIsRefused) {
  system.memory_size = 0x9000;
  EXPECT_THAT(failure(), HasSubstr("more than the RAM"));
}

}  // namespace
}  // namespace firmware::images
