// Images: what starts, with which rights, and what is refused.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "kernel/test/world.h"

namespace kernel::test {
namespace {

class Start : public testing::Test {
 protected:
  World world{{{.name = "one"}, {.name = "two"}}};
  /// The image that the world was started from, to be damaged and started anew.
  std::vector<std::byte> image() const {
    const auto* bytes = arch::ram(host::Machine::kRamBase);
    const auto& header = *reinterpret_cast<const abi::ImageHeader*>(bytes);
    return {bytes, bytes + header.total_size};
  }
  abi::ImageHeader& header(std::vector<std::byte>& image) const {
    return *reinterpret_cast<abi::ImageHeader*>(image.data());
  }
  abi::Segment& segment(std::vector<std::byte>& image, unsigned index) const {
    return reinterpret_cast<abi::Segment*>(image.data() + header(image).segment_offset)[index];
  }
  abi::ProcessEntry& process(std::vector<std::byte>& image) const {
    return *reinterpret_cast<abi::ProcessEntry*>(image.data() + header(image).process_offset);
  }
  /// Whether a kernel would start it, and what it says otherwise.
  bool starts(const std::vector<std::byte>& image) {
    for (unsigned pid = 1; pid < kMaxProcesses; ++pid) {
      Process& process = world.kernel.processes[pid];
      if (!process.alive) continue;
      world.kernel.end_process(process, abi::EndReason::kKilled);
      world.next();
    }
    world.log_text();
    return world.kernel.start_image(image, host::Machine::kRamBase);
  }
};

TEST_F(Start, GivesEachSegmentItsRightsAndNoMore) {
  EXPECT_EQ(arch::page_get(1, kCode).access, arch::Access::kExecute);
  EXPECT_EQ(arch::page_get(1, kConstants).access, arch::Access::kRead);
  EXPECT_EQ(arch::page_get(1, kData).access, arch::Access::kReadWrite);
  EXPECT_EQ(arch::page_get(1, abi::kArgumentsBase).access, arch::Access::kRead);
  EXPECT_FALSE(arch::page_get(1, 0).present());
}

TEST_F(Start, UsesMemoryOnBothSidesOfAHoleAndTheLaterPartFirst) {
  Kernel& kernel = world.kernel;
  std::vector<Frame> frames(100);
  constexpr uint32_t kBase = host::Machine::kRamBase;
  kernel.free_frames = kernel.unpromised = 0;
  kernel.add_memory(kBase, frames);
  kernel.add_frames(kBase + 10 * abi::kPageSize + 1, kBase + 20 * abi::kPageSize + 1);
  kernel.add_frames(kBase + 30 * abi::kPageSize, kBase + 100 * abi::kPageSize);
  EXPECT_EQ(kernel.frames_usable, 9u + 69u);  // the last page is for a panic
  std::vector<uint32_t> order;
  for (uint32_t head = kernel.free_frames; head != 0; head = frames[head - 1].next)
    order.push_back(head - 1);
  ASSERT_EQ(order.size(), 78u);
  EXPECT_EQ(order.front(), 30u);
  EXPECT_EQ(order[68], 98u);
  EXPECT_EQ(order[69], 11u);
  EXPECT_EQ(order.back(), 19u);
}

TEST_F(Start, LeavesAHoleUnderTheStack) {
  EXPECT_TRUE(arch::page_get(1, abi::kStackTop - 1).present());
  EXPECT_TRUE(arch::page_get(1, abi::kStackTop - 2 * abi::kPageSize).present());
  EXPECT_FALSE(arch::page_get(1, abi::kStackTop - 3 * abi::kPageSize).present());
  EXPECT_FALSE(arch::page_get(1, abi::kStackTop).present());
}

TEST_F(Start, SharesCodeAndNeverData) {
  EXPECT_EQ(arch::page_get(1, kCode).physical, arch::page_get(2, kCode).physical);
  EXPECT_NE(arch::page_get(1, kData).physical, arch::page_get(2, kData).physical);
}

TEST_F(Start, CopiesDataAndZeroesTheRest) {
  const std::byte* data = world.memory(world.thread(0), kData);
  EXPECT_EQ(data[99], std::byte{0x77});
  for (unsigned i = 100; i < abi::kPageSize; ++i) ASSERT_EQ(data[i], std::byte{0});
}

TEST_F(Start, TellsAProcessWhoItIs) {
  abi::ProcessArguments arguments;
  std::memcpy(&arguments, world.memory(world.thread(1), abi::kArgumentsBase), sizeof arguments);
  EXPECT_EQ(arguments.pid, 2u);
  EXPECT_EQ(arguments.service_count, 4u);
  EXPECT_EQ(world.thread(1).context.r[0], abi::kArgumentsBase);
  EXPECT_EQ(world.thread(1).context.r[13], abi::kStackTop);
}

TEST_F(Start, RefusesWhatMakesNoSense) {
  const std::vector<std::byte> good = image();
  const auto damaged = [&](auto damage) {
    std::vector<std::byte> copy = good;
    damage(copy);
    return copy;
  };
  using Bytes = std::vector<std::byte>;
  const std::pair<const char*, std::function<void(Bytes&)>> cases[] = {
      {"header", [&](Bytes& b) { header(b).magic = 1; }},
      {"header", [&](Bytes& b) { header(b).total_size += 1; }},
      {"tables", [&](Bytes& b) { header(b).process_offset = 0x7fff'fff8; }},
      {"tables", [&](Bytes& b) { header(b).segment_count = 0x1000'0000; }},
      {"tables", [&](Bytes& b) { header(b).grant_offset |= 1; }},
      {"too many processes", [&](Bytes& b) { header(b).process_count = kMaxProcesses; }},
      {"too many services",
       [&](Bytes& b) {
         header(b).service_offset = 0;
         header(b).service_count = kMaxServices + 1;
       }},
      {"a release, and no random bits", [&](Bytes& b) { header(b).flags = abi::kImageRelease; }},
      {"segments", [&](Bytes& b) { process(b).segment_count = 7; }},
      {"writable and executable", [&](Bytes& b) { segment(b, 0).flags = 3; }},
      {"segment alignment", [&](Bytes& b) { segment(b, 0).address += 4; }},
      {"segment size", [&](Bytes& b) { segment(b, 0).address = 0x8000'0000; }},
      {"segment size", [&](Bytes& b) { segment(b, 0).memory_size = 0; }},
      {"segment size", [&](Bytes& b) { segment(b, 2).memory_size = 0xffff'f000; }},
      {"outside the image", [&](Bytes& b) { segment(b, 0).offset = 0x10'0000; }},
      {"zeros behind it", [&](Bytes& b) { segment(b, 1).file_size = 0; }},
      {"entry", [&](Bytes& b) { process(b).entry = kData; }},
      {"stack size", [&](Bytes& b) { process(b).stack_size = 100; }},
      {"priority", [&](Bytes& b) { process(b).priority = 32; }},
      {"name", [&](Bytes& b) { process(b).name.fill('x'); }},
      {"grants", [&](Bytes& b) { process(b).grant_count = 5; }},
      {"does not fit", [&](Bytes& b) { segment(b, 1).address = segment(b, 0).address; }},
  };
  for (const auto& [why, damage] : cases) {
    EXPECT_FALSE(starts(damaged(damage))) << why;
    EXPECT_NE(world.log_text().find(why), std::string::npos) << why;
    for (Process& process : world.kernel.processes) {
      if (process.pid != 0 && !process.alive && world.machine.pages(process.pid).size() != 0) {
        // What a kernel that panics leaves lying.
        for (uint32_t at = 0; at < abi::kUserEnd; at += kClearSpan) {
          while (!world.kernel.clear_some(process, at)) continue;
        }
        world.kernel.unpromise(process, process.pages);
        arch::space_close(process.pid);
      }
    }
  }
}

}  // namespace
}  // namespace kernel::test
