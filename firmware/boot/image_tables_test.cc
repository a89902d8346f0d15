#include <gtest/gtest.h>

#include "firmware/boot/image_fixture.h"

namespace firmware::boot {
namespace {

using namespace kernel::abi;

Refusal with(auto change) {
  SmallImage image;
  change(image);
  return check_tables(image.unsigned_bytes());
}
using I = SmallImage;

TEST(ImageTables, ProperOnesPass) {
  EXPECT_EQ(with([](I&) {}), Refusal::kNone);
}

TEST(ImageTables, SegmentsStayInTheProgramsRangeAndOnPages) {
  EXPECT_EQ(with([](I& i) { i.segments[1].address = kImageEnd; }), Refusal::kSegment);
  EXPECT_EQ(with([](I& i) { i.segments[1].address = 0; }), Refusal::kSegment);
  EXPECT_EQ(with([](I& i) { i.segments[1].address += 8; }), Refusal::kSegment);
  EXPECT_EQ(with([](I& i) { i.segments[1].address = kImageEnd - 3 * I::kPage; }),
            Refusal::kSegment);
  EXPECT_EQ(with([](I& i) { i.segments[1].address = kImageEnd - 4 * I::kPage; }), Refusal::kNone);
  EXPECT_EQ(with([](I& i) { i.segments[1].memory_size = ~0u; }), Refusal::kSegment);
  EXPECT_EQ(with([](I& i) { i.segments[1].memory_size = 0; }), Refusal::kSegment);
  EXPECT_EQ(with([](I& i) { i.segments[1].offset += 4; }), Refusal::kSegment);
  EXPECT_EQ(with([](I& i) { i.segments[1].offset = 7 * I::kPage; }), Refusal::kSegment);
  EXPECT_EQ(with([](I& i) { i.segments[1].offset = 0xffff'f000; }), Refusal::kSegment);
  EXPECT_EQ(with([](I& i) { i.segments[1].offset = 0; }), Refusal::kSegment);
}

TEST(ImageTables, NothingIsBothWritableAndExecutable) {
  EXPECT_EQ(with([](I& i) { i.segments[0].flags = kSegmentWrite | kSegmentExecute; }),
            Refusal::kSegment);
  EXPECT_EQ(with([](I& i) { i.segments[0].flags |= 4; }), Refusal::kSegment);
}

TEST(ImageTables, ReadOnlySegmentsAreWholeInTheFile) {
  EXPECT_EQ(with([](I& i) { i.segments[0].memory_size = I::kPage + 1; }), Refusal::kSegment);
}

TEST(ImageTables, SegmentsOfOneProcessAreApart) {
  EXPECT_EQ(with([](I& i) { i.segments[1].address = i.segments[0].address; }), Refusal::kSegment);
  EXPECT_EQ(with([](I& i) { i.segments[3].address = i.segments[1].address; }), Refusal::kNone);
}

TEST(ImageTables, ContentsAndTablesStayClearOfTheKernelsMemory) {
  EXPECT_EQ(with([](I& i) { i.header.kernel_memory = 2 * I::kPage; }), Refusal::kTables);
  EXPECT_EQ(with([](I& i) { i.segments[0].offset = I::kPage; }), Refusal::kSegment);
}

TEST(ImageTables, ProcessesHaveANameAnEntryAStackAndAPriority) {
  EXPECT_EQ(with([](I& i) { i.processes[1].name = {}; }), Refusal::kProcess);
  EXPECT_EQ(with([](I& i) { i.processes[1].name.fill('x'); }), Refusal::kProcess);
  EXPECT_EQ(with([](I& i) { i.processes[1].name[2] = '\n'; }), Refusal::kProcess);
  EXPECT_EQ(with([](I& i) { i.processes[1].name[20] = 'x'; }), Refusal::kProcess);
  EXPECT_EQ(with([](I& i) { i.processes[1].entry = 0; }), Refusal::kProcess);
  EXPECT_EQ(with([](I& i) { i.processes[1].entry += 2; }), Refusal::kProcess);
  EXPECT_EQ(with([](I& i) { i.processes[1].entry = kImageBase + 100; }), Refusal::kProcess);
  EXPECT_EQ(with([](I& i) { i.processes[1].entry = kImageBase + I::kPage; }), Refusal::kProcess);
  EXPECT_EQ(with([](I& i) { i.processes[1].stack_size = 0; }), Refusal::kProcess);
  EXPECT_EQ(with([](I& i) { i.processes[1].stack_size = 1 << 20; }), Refusal::kProcess);
  EXPECT_EQ(with([](I& i) { i.processes[1].priority = 32; }), Refusal::kProcess);
}

TEST(ImageTables, IndicesStayInTheirTables) {
  EXPECT_EQ(with([](I& i) { i.processes[1].first_segment = 5; }), Refusal::kProcess);
  EXPECT_EQ(with([](I& i) { i.processes[1].first_segment = ~0u; }), Refusal::kProcess);
  EXPECT_EQ(with([](I& i) { i.processes[1].segment_count = 3; }), Refusal::kProcess);
  EXPECT_EQ(with([](I& i) { i.processes[1].first_grant = 2; }), Refusal::kProcess);
  EXPECT_EQ(with([](I& i) { i.services[0].process = 2; }), Refusal::kService);
}

TEST(ImageTables, GrantsNameWhatExists) {
  EXPECT_EQ(with([](I& i) { i.grants[1].a = 1; }), Refusal::kGrant);
  EXPECT_EQ(with([](I& i) { i.grants[1].mask = 0; }), Refusal::kGrant);
  EXPECT_EQ(with([](I& i) { i.grants[2].a += 4; }), Refusal::kGrant);
  EXPECT_EQ(with([](I& i) { i.grants[2].b = 0; }), Refusal::kGrant);
  EXPECT_EQ(with([](I& i) { i.grants[2].b = 0x1000'0000; }), Refusal::kGrant);
  EXPECT_EQ(with([](I& i) { i.grants[3].a = 128; }), Refusal::kGrant);
  EXPECT_EQ(with([](I& i) { i.grants[3].kind = static_cast<GrantKind>(9); }), Refusal::kGrant);
}

TEST(ImageTables, RightsOverProcessesAndMemoryForDevicesAreWhole) {
  const auto grant = [](GrantKind kind, uint32_t a, uint32_t b) {
    return with([&](I& i) { i.grants[3] = {.kind = kind, .a = a, .b = b}; });
  };
  EXPECT_EQ(grant(GrantKind::kSupervise, 1, 0), Refusal::kNone);
  EXPECT_EQ(grant(GrantKind::kSupervise, kEveryProcess, 0), Refusal::kNone);
  EXPECT_EQ(grant(GrantKind::kSupervise, 2, 0), Refusal::kGrant);
  EXPECT_EQ(grant(GrantKind::kDma, 0, I::kPage), Refusal::kNone);
  EXPECT_EQ(grant(GrantKind::kDma, 0, 0), Refusal::kGrant);
  EXPECT_EQ(grant(GrantKind::kDma, 0, 100), Refusal::kGrant);
  EXPECT_EQ(grant(GrantKind::kChildren, 254, I::kPage), Refusal::kNone);
  EXPECT_EQ(grant(GrantKind::kChildren, 0, I::kPage), Refusal::kGrant);
  EXPECT_EQ(grant(GrantKind::kChildren, 255, I::kPage), Refusal::kGrant);
  EXPECT_EQ(grant(GrantKind::kChildren, 1, 0), Refusal::kGrant);
  EXPECT_EQ(grant(GrantKind::kChildren, 1, 100), Refusal::kGrant);
  EXPECT_EQ(grant(GrantKind::kChildConnect, 1, 0), Refusal::kGrant);
}

TEST(ImageTables, FlagsAreKnownAndRestartsAreBounded) {
  EXPECT_EQ(with([](I& i) { i.processes[1].flags = kProcessHoldsKeys | kProcessLater; }),
            Refusal::kNone);
  EXPECT_EQ(with([](I& i) { i.processes[1].flags = 4; }), Refusal::kProcess);
  const auto restart = [](Restart restart) {
    return with([&](I& i) { i.processes[1].restart = restart; });
  };
  EXPECT_EQ(restart({RestartPolicy::kAlways, 255, 65535}), Refusal::kNone);
  EXPECT_EQ(restart({RestartPolicy::kOnFailure, 1, 1}), Refusal::kNone);
  EXPECT_EQ(restart({RestartPolicy::kAlways, 0, 60}), Refusal::kProcess);
  EXPECT_EQ(restart({RestartPolicy::kOnFailure, 3, 0}), Refusal::kProcess);
  EXPECT_EQ(restart({RestartPolicy::kNever, 1, 0}), Refusal::kProcess);
  EXPECT_EQ(restart({static_cast<RestartPolicy>(3), 1, 1}), Refusal::kProcess);
}

TEST(ImageTables, OnlyTheServiceTablesProcessServesAService) {
  EXPECT_EQ(with([](I& i) { i.grants[1].kind = GrantKind::kServe; }), Refusal::kService);
}

TEST(ImageTables, AnImageWithoutProcessesIsRefused) {
  EXPECT_EQ(with([](I& i) { i.header.process_count = 0; }), Refusal::kTables);
}

}  // namespace
}  // namespace firmware::boot
