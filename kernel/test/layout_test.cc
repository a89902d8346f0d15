// Random bits, and the address layouts that they choose.
#include "kernel/abi/layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <set>
#include <utility>
#include <vector>

#include "kernel/core/random.h"
#include "kernel/core/space_layout.h"
#include "kernel/test/world.h"

namespace kernel::test {
namespace {

constexpr uint32_t kPage = abi::kPageSize;
constexpr unsigned kSeeds = 10'000;

Random seeded(uint32_t number) {
  Random random;
  random.key({number + 1});
  return random;
}

TEST(Random, IsChaCha20AsRfc8439HasIt) {
  std::array<uint32_t, 8> key;
  for (uint32_t i = 0; i < 8; ++i) key[i] = 0x03020100 + i * 0x04040404;
  // Section 2.3.2.
  EXPECT_EQ(chacha20_block(key, 1, {0x09000000, 0x4a000000, 0x00000000}),
            (std::array<uint32_t, 16>{0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3, 0xc7f4d1c7,
                                      0x0368c033, 0x9aaa2204, 0x4e6cd4c3, 0x466482d2, 0x09aa9f07,
                                      0x05d7c214, 0xa2028bd9, 0xd19c12b5, 0xb94e16de, 0xe883d0cb,
                                      0x4e3c50a2}));
  // Appendix A.1, vectors 1 and 2: a key of zeros.
  EXPECT_EQ(chacha20_block({}, 0, {})[0], 0xade0b876u);
  EXPECT_EQ(chacha20_block({}, 0, {})[15], 0x8665eeb2u);
  EXPECT_EQ(chacha20_block({}, 1, {})[0], 0xbee7079fu);
  // Vector 3: only the last bit of the key is set.
  EXPECT_EQ(chacha20_block({0, 0, 0, 0, 0, 0, 0, 0x01000000}, 1, {})[0], 0x2452eb3au);
}

TEST(Random, EveryDrawHasAKeyOfItsOwn) {
  Random random = seeded(0);
  const auto first = random.draw(), second = random.draw();
  EXPECT_NE(first, second);
  EXPECT_EQ(seeded(0).draw(), first);
  EXPECT_NE(seeded(1).draw(), first);
}

TEST(Random, WithoutASeedItSaysSoAndDrawsZeros) {
  Random random;
  random.key({});
  EXPECT_FALSE(random.is_keyed());
  EXPECT_EQ(random.draw(), (std::array<uint32_t, Random::kDraw>{}));
}

TEST(Layout, WithoutRandomBitsEverythingIsWhereItsAreaBegins) {
  Random random;
  const Layout layout = choose_layout(random, abi::kImageBase + kPage);
  EXPECT_EQ(layout.slide, 0u);
  EXPECT_EQ(layout.heap, abi::kHeapBase);
  EXPECT_EQ(layout.loans, abi::kLoanBase);
  EXPECT_EQ(layout.stack_top, abi::kStackTop);
}

TEST(Layout, AreasNeverMeetWhateverTheSeed) {
  for (const uint32_t image_end :
       {abi::kImageBase + kPage, abi::kImageBase + 0x40'0000u, abi::kImageEnd - kPage}) {
    for (unsigned seed = 0; seed < kSeeds; ++seed) {
      Random random = seeded(seed);
      const Layout l = choose_layout(random, image_end);
      // In the order of the address space; the stack's with its guard page.
      const std::pair<uint32_t, uint32_t> areas[] = {
          {abi::kImageBase + l.slide, image_end + l.slide + kPage},
          {l.heap, abi::kHeapEnd},
          {l.loans, l.loans + (kMaxThreads + kMoveSlots) * kLoanStride},
          {l.devices, abi::kDeviceEnd},
          {l.arguments, l.arguments + kPage},
          {l.stack_top - abi::kMostStack - kPage, l.stack_top}};
      uint32_t before = abi::kImageBase;
      for (const auto& [begin, end] : areas) {
        ASSERT_EQ(begin % kPage, 0u) << seed;
        ASSERT_GE(begin, before) << seed;
        ASSERT_GT(end, begin) << seed;
        before = end;
      }
      ASSERT_LT(before, abi::kUserEnd) << seed;
      ASSERT_LE(l.slide + image_end, abi::kImageEnd - kPage) << seed;
      ASSERT_LE(areas[2].second, abi::kLoanEnd) << seed;
      // The longest loan of a slot lies in one second-level table.
      ASSERT_LE(l.loans % kLoanStride + abi::kMaxLendPages * kPage, kLoanStride) << seed;
      ASSERT_GE(abi::kHeapEnd - l.heap, 0x1000'0000u) << "half of the heap's area is always there";
    }
  }
}

/// The bits that docs/kernel.md promises, by how many different values many seeds give and by how
/// evenly they fill the range.
TEST(Layout, EachAreaHasItsOwnEntropy) {
  struct Area {
    const char* name;
    uint32_t Layout::*member;
    double bits;
  };
  const Area areas[] = {{"image", &Layout::slide, 17},         {"heap", &Layout::heap, 16},
                        {"loans", &Layout::loans, 13.8},       {"devices", &Layout::devices, 15},
                        {"arguments", &Layout::arguments, 15}, {"stack", &Layout::stack_top, 16.5}};
  for (const Area& area : areas) {
    std::set<uint32_t> values;
    std::vector<unsigned> sixteenths(16);
    std::vector<uint32_t> all;
    for (unsigned seed = 0; seed < kSeeds; ++seed) {
      Random random = seeded(seed);
      all.push_back(choose_layout(random, abi::kImageBase + 4 * kPage).*area.member);
      values.insert(all.back());
    }
    // Expected distinct values of n draws from N: N (1 - e^(-n/N)).
    const double places = std::exp2(area.bits);
    const double expected = places * (1 - std::exp(-double{kSeeds} / places));
    EXPECT_GT(values.size(), 0.97 * expected) << area.name;
    const uint32_t low = *values.begin(), high = *values.rbegin();
    for (const uint32_t value : all) {
      ++sixteenths[std::min<uint64_t>(15, uint64_t{value - low} * 16 / (high - low + 1))];
    }
    for (const unsigned count : sixteenths) EXPECT_NEAR(count, kSeeds / 16.0, 120) << area.name;
  }
}

TEST(Layout, AreasAreDrawnApart) {
  // No area tells where another is: of 1,000 seeds with the heap in its lowest sixteenth, the
  // stacks fill their whole range.
  uint32_t low = ~0u, high = 0;
  for (unsigned seed = 0, found = 0; found < 300; ++seed) {
    Random random = seeded(seed);
    const Layout l = choose_layout(random, abi::kImageBase + kPage);
    if (l.heap >= abi::kHeapBase + 0x0100'0000) continue;
    ++found;
    low = std::min(low, l.stack_top);
    high = std::max(high, l.stack_top);
  }
  EXPECT_GT(high - low, 0x1600'0000u);
}

class Placed : public testing::Test {
 protected:
  World world{{{.name = "maker", .grants = {{.kind = abi::GrantKind::kSupervise, .a = 1}}},
               {.name = "twin"},
               {.name = "twin"}},
              4,
              1024,
              {5, 6, 7}};
  const Layout& layout(unsigned pid) { return world.kernel.processes[pid].layout; }
};

TEST_F(Placed, EveryProcessHasPlacesOfItsOwn) {
  EXPECT_NE(layout(2).slide, layout(3).slide);
  EXPECT_NE(layout(2).heap, layout(3).heap);
  EXPECT_NE(layout(2).loans, layout(3).loans);
  EXPECT_NE(layout(2).arguments, layout(3).arguments);
  EXPECT_NE(layout(2).stack_top, layout(3).stack_top);
  EXPECT_EQ(audit(world), "");
}

TEST_F(Placed, EveryStartHasPlacesOfItsOwn) {
  const Layout before = layout(2);
  world.fault(world.thread(1));
  ASSERT_EQ(world.call(world.thread(0), abi::Syscall::kProcessStart, {1}), 0u);
  EXPECT_NE(layout(2).slide, before.slide);
  EXPECT_NE(layout(2).stack_top, before.stack_top);
  EXPECT_EQ(audit(world), "");
}

TEST_F(Placed, TheProgramIsWhereItIsToldItIs) {
  Thread& thread = world.thread(1);
  const Layout& l = layout(2);
  EXPECT_EQ(thread.context.pc, kCode + l.slide);
  EXPECT_EQ(thread.context.r[13], l.stack_top);
  EXPECT_EQ(thread.context.r[0], l.arguments);
  abi::ProcessArguments arguments;
  std::memcpy(&arguments, world.memory(thread, l.arguments), sizeof arguments);
  EXPECT_EQ(arguments.image, kCode + l.slide);
  EXPECT_EQ(arguments.heap_begin, l.heap);
  EXPECT_EQ(arguments.heap_end, abi::kHeapEnd);
  EXPECT_EQ(world.memory(thread, kData + l.slide)[99], std::byte{0x77});
  EXPECT_EQ(arch::page_get(2, kCode).present(), false);
}

TEST_F(Placed, AFaultSaysWhereTheImageIs) {
  world.log_text();
  world.fault(world.thread(1));
  const std::string log = world.log_text();
  char expected[32];
  std::snprintf(expected, sizeof expected, ", image 0x%08x\n", kCode + layout(2).slide);
  EXPECT_NE(log.find(expected), std::string::npos) << log;
}

TEST_F(Placed, TheHeapBeginsWhereTheProcessIsTold) {
  ASSERT_EQ(world.call(world.thread(1), abi::Syscall::kMap, {0, kPage}), 0u);
  EXPECT_EQ(world.thread(1).context.r[1], layout(2).heap);
  world.call(world.thread(1), abi::Syscall::kMap, {abi::kHeapBase, kPage});
  EXPECT_FALSE(world.kernel.processes[2].alive) << "below the heap";
}

}  // namespace
}  // namespace kernel::test
