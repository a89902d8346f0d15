// Memory for devices: who gets it, what it is like, and what is done to the caches.
#include <gtest/gtest.h>

#include <cstring>

#include "kernel/test/world.h"

namespace kernel::test {
namespace {

using abi::Syscall;
constexpr uint32_t kPage = abi::kPageSize;
constexpr uint32_t kGranted = 8;  // pages

class Dma : public testing::Test {
 protected:
  World world{
      {{.name = "driver",
        .grants = {{.kind = abi::GrantKind::kDma, .b = kGranted * kPage}, may_connect(0, 0b10)}},
       {.name = "server", .grants = {may_serve(0)}},
       {.name = "supervisor", .grants = {{.kind = abi::GrantKind::kSupervise, .a = 0}}}}};
  Thread& driver = world.thread(0);

  uint32_t map(uint32_t bytes) {
    EXPECT_EQ(world.call(driver, Syscall::kMapDma, {bytes}), 0u);
    physical = driver.context.r[2];
    return driver.context.r[1];
  }
  bool alive(unsigned pid) { return world.kernel.processes[pid].alive; }
  uint32_t physical = 0;
};

TEST_F(Dma, IsContiguousPlainZeroedAndCleaned) {
  std::memset(arch::ram(world.kernel.dma_memory[1]), 0x33, kGranted * kPage);
  const uint32_t address = map(5 * kPage);
  for (uint32_t i = 0; i < 5; ++i) {
    const arch::Page page = arch::page_get(1, address + i * kPage);
    EXPECT_EQ(page.physical, physical + i * kPage);
    EXPECT_EQ(page.access, arch::Access::kReadWrite);
    EXPECT_TRUE(page.plain);
    EXPECT_EQ(*world.memory(driver, address + i * kPage + 100), std::byte{0});
    EXPECT_EQ(world.machine.cleaned.at(i), (host::Machine::Range{physical + i * kPage, kPage}));
  }
  EXPECT_FALSE(arch::page_get(1, address + 5 * kPage).present()) << "a hole behind";
  EXPECT_EQ(audit(world), "");
}

TEST_F(Dma, OrdinaryMemoryIsInsideTheEncryptedWindow) {
  EXPECT_FALSE(arch::page_get(1, kData).plain);
  EXPECT_FALSE(arch::page_get(1, world.process(0).layout.stack_top - kPage).plain);
  EXPECT_FALSE(arch::page_get(1, world.process(0).layout.arguments).plain);
  ASSERT_EQ(world.call(driver, Syscall::kMap, {0, kPage}), 0u);
  EXPECT_FALSE(arch::page_get(1, driver.context.r[1]).plain);
  EXPECT_TRUE(arch::page_get(1, kCode).plain) << "it lies in the image";
}

TEST_F(Dma, NeedsAGrantAndEndsWithIt) {
  EXPECT_EQ(code_of(world.call(world.thread(1), Syscall::kMapDma, {kPage})), kDenied);
  EXPECT_EQ(code_of(world.call(driver, Syscall::kMapDma, {0})), kInvalid);
  EXPECT_EQ(code_of(world.call(driver, Syscall::kMapDma, {(kGranted + 1) * kPage})), kDenied);
  EXPECT_EQ(code_of(world.call(driver, Syscall::kMapDma, {~0u})), kDenied);
  const uint32_t first = map(3 * kPage);
  const uint32_t second = map(5 * kPage - 100);
  EXPECT_GT(second, first + 3 * kPage);
  EXPECT_EQ(code_of(world.call(driver, Syscall::kMapDma, {1})), kDenied);
}

TEST_F(Dma, ComesBackZeroedWhenTheDriverStartsAgain) {
  const uint32_t before = (map(kGranted * kPage), physical);
  std::memset(world.memory(driver, driver.context.r[1]), 0x44, kPage);
  world.fault(driver);
  ASSERT_EQ(world.call(world.thread(2), Syscall::kProcessStart, {0}), 0u);
  Thread& anew = *world.kernel.processes[1].threads;
  ASSERT_EQ(world.call(anew, Syscall::kMapDma, {kGranted * kPage}), 0u);
  EXPECT_EQ(anew.context.r[2], before);
  EXPECT_EQ(*world.memory(anew, anew.context.r[1]), std::byte{0});
  EXPECT_EQ(audit(world), "");
}

TEST_F(Dma, IsNotGivenAgainWhileSomebodyReadsTheLastOne) {
  uint32_t port = 0;
  const uint32_t connection = world.connect(0, 1, 0, &port);
  const uint32_t address = map(kPage);
  world.call(driver, Syscall::kCall,
             {connection, abi::Info::make(abi::Kind::kLend, 1).bits, address, kPage});
  ASSERT_EQ(world.call(world.thread(1), Syscall::kReceive, {port}), 0u);
  const uint32_t there = world.thread(1).context.r[2];
  EXPECT_TRUE(arch::page_get(2, there).plain) << "one frame, one window";
  world.fault(*world.kernel.new_thread(world.process(0), kCode, kData, 0, 8));
  ASSERT_EQ(world.call(world.thread(2), Syscall::kProcessStart, {0}), 0u);
  Thread& anew = *world.kernel.processes[1].threads;
  EXPECT_EQ(code_of(world.call(anew, Syscall::kMapDma, {kPage})), kNoMemory);
  EXPECT_EQ(audit(world), "");
  // The refusal used nothing up: when the server has answered, the driver gets what it had.
  const uint32_t frame = arch::page_get(2, there).physical;
  world.call(world.thread(1), Syscall::kReply, {world.thread(1).context.r[11], 0});
  ASSERT_EQ(world.call(anew, Syscall::kMapDma, {kPage}), 0u);
  EXPECT_EQ(anew.context.r[2], frame);
}

TEST_F(Dma, IsNeverLentToBeWritten) {
  const uint32_t connection = world.connect(0, 1, 0);
  const uint32_t address = map(kPage);
  world.call(driver, Syscall::kCall,
             {connection, abi::Info::make(abi::Kind::kLendMut, 1).bits, address, kPage});
  EXPECT_FALSE(alive(1));
}

TEST_F(Dma, IsNeitherMovedNorUnmapped) {
  const uint32_t address = map(kPage);
  world.call(driver, Syscall::kUnmap, {address, kPage});
  EXPECT_FALSE(alive(1));
}

TEST_F(Dma, MappingIsDoneInPieces) {
  world.make_run(driver);
  const std::vector<uint32_t> registers{kGranted * kPage};
  world.enter(driver, Syscall::kMapDma, registers);
  EXPECT_EQ(world.machine.cleaned.size(), kDmaPagesPerPiece);
}

TEST_F(Dma, MaintenanceCoversTheRangePageByPage) {
  const uint32_t address = map(6 * kPage);
  world.machine.cleaned.clear();
  ASSERT_EQ(world.call(driver, Syscall::kCacheClean, {address + 100, 2 * kPage}), 0u);
  using Range = host::Machine::Range;
  EXPECT_EQ(world.machine.cleaned, (std::vector<Range>{{physical + 100, kPage - 100},
                                                       {physical + kPage, kPage},
                                                       {physical + 2 * kPage, 100}}));
  ASSERT_EQ(world.call(driver, Syscall::kCacheInvalidate, {address, 6 * kPage}), 0u);
  EXPECT_EQ(world.machine.invalidated.size(), 6u) << "more than one piece";
  EXPECT_EQ(world.machine.invalidated.back(), (Range{physical + 5 * kPage, kPage}));
  EXPECT_EQ(world.machine.cleaned.size(), 3u);
  EXPECT_EQ(world.call(driver, Syscall::kCacheClean, {address, 0}), 0u);
}

class DmaBug : public Dma, public testing::WithParamInterface<std::pair<uint32_t, uint32_t>> {};
TEST_P(DmaBug, EndsTheOneWhoMaintainsWhatIsNotItsOwn) {
  map(2 * kPage);
  for (const Syscall call : {Syscall::kCacheClean, Syscall::kCacheInvalidate}) {
    if (!alive(1)) break;
    world.machine.cleaned.clear();
    world.call(driver, call, {GetParam().first, GetParam().second});
    EXPECT_FALSE(alive(1)) << GetParam().first;
  }
  EXPECT_TRUE(world.machine.invalidated.empty());
}
INSTANTIATE_TEST_SUITE_P(All, DmaBug,
                         testing::Values(std::pair{kData, kPage}, std::pair{0xc000'0000u, kPage},
                                         std::pair{abi::kHeapBase, kPage},
                                         std::pair{abi::kDeviceBase + 3 * kPage, 4u},
                                         std::pair{abi::kDeviceBase, ~0u},
                                         std::pair{abi::kDeviceEnd - kPage, 2 * kPage}));

TEST(DmaMemory, ThatDoesNotFitIsSaidAtBoot) {
  EXPECT_DEATH(
      World({{.name = "driver", .grants = {{.kind = abi::GrantKind::kDma, .b = 2000 * kPage}}}}),
      "");
}

}  // namespace
}  // namespace kernel::test
