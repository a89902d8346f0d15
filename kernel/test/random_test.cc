// Random system calls, right and wrong, from several processes that also fault, exit and are
// interrupted; after every one of them everything that must hold is checked.
#include <gtest/gtest.h>

#include <random>

#include "kernel/test/world.h"

namespace kernel::test {
namespace {
using abi::Kind;
using abi::Syscall;

class Chaos {
 public:
  explicit Chaos(uint32_t seed) : random_(seed) { restart(); }

  /// One thing happens. Returns what is wrong afterwards.
  std::string step() {
    if (alive() < 3) restart();
    switch (below(24)) {
      case 0:
        world_->machine.pass(below(8'000'000));
        world_->interrupt();
        break;
      case 1:
        world_->machine.raise(40 + below(3));
        world_->interrupt();
        break;
      default:
        if (world_->running() == nullptr) {
          if (!world_->machine.pass_to_timer()) world_->machine.raise(40 + below(3));
          world_->interrupt();
          if (world_->running() == nullptr && ++idle_ > 20) restart();
          break;
        }
        idle_ = 0;
        act(*world_->running());
    }
    ++steps_;
    return audit(*world_);
  }
  unsigned deaths = 0;
  unsigned calls_answered = 0;

 private:
  void restart() {
    idle_ = 0;
    world_.reset();
    const auto link = [](uint32_t own, uint32_t interrupt) {
      std::vector<abi::Grant> grants{may_serve(own)};
      for (uint32_t other = 0; other < 5; ++other) {
        grants.push_back(may_connect(other, 0x1f | below_static(other)));
      }
      grants.push_back({.kind = abi::GrantKind::kInterrupt, .a = interrupt});
      grants.push_back({.kind = abi::GrantKind::kDevice, .a = 0xf800'0000, .b = 0x2000});
      return grants;
    };
    std::vector<ProcessPlan> plans;
    for (uint32_t i = 0; i < 5; ++i) {
      plans.push_back({.name = "p" + std::to_string(i),
                       .priority = 4 + i % 3,
                       .grants = link(i, 40 + i % 3),
                       .quota = 24 * abi::kPageSize});
    }
    world_ = std::make_unique<World>(plans, 5, 400);
    world_->prompt = below(2) != 0;
    world_->machine.tables_left = 40;
    for (uint32_t i = 0; i < 4; ++i) world_->call(world_->thread(i), Syscall::kServe, {i});
    for (uint32_t i = 0; i < 5; ++i) {
      world_->call(world_->thread(i), Syscall::kConnect, {(i + 1) % 4});
      world_->call(world_->thread(i), Syscall::kConnect, {(i + 2) % 4});
      for (int n = 0; n < 2; ++n) {
        world_->call(world_->thread(i), Syscall::kThreadCreate, {kCode, kData + 0x1000, 0, 4});
      }
    }
  }
  static uint64_t below_static(uint32_t n) { return uint64_t{1} << (n + 32); }

  unsigned alive() const {
    unsigned count = 0;
    for (const Process& process : world_->kernel.processes) count += process.alive;
    return count;
  }
  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }

  uint32_t address() {
    constexpr uint32_t kBases[] = {kCode,     kConstants,     kData,          kData,
                                   kData,     abi::kHeapBase, abi::kHeapBase, abi::kLoanBase,
                                   kMoveBase, abi::kStackTop, abi::kUserEnd};
    const uint32_t base = kBases[below(std::size(kBases))];
    return base + below(kDataPages) * abi::kPageSize - (below(12) == 0 ? below(5000) : 0);
  }
  uint32_t bytes() { return below(30) == 0 ? static_cast<uint32_t>(random_()) : below(20) * 1024; }

  void act(Thread& self) {
    if (self.progress != 0) {  // the kernel has it issue its call again
      const auto r = self.context.r;
      return world_->enter(self, static_cast<Syscall>(r[12]), r);
    }
    // A process that has not set itself up does so first, mostly.
    const Process& process = *self.process;
    const uint32_t handle =
        process.connection_count > 1 ? 1 + below(process.connection_count - 1) : 0;
    std::array<uint32_t, 10> r{};
    for (uint32_t& word : r) word = below(4) == 0 ? static_cast<uint32_t>(random_()) : below(200);
    Syscall number = Syscall::kNull;
    r[0] = kServerTag;
    // A process's first thread asks, the others mostly answer.
    const bool is_worker = &self != &world_->thread(process.pid - 1u);
    switch (is_worker && below(4) ? 12 + below(8) : below(30)) {
      case 0:
        number = Syscall::kServe;
        r[0] = process.pid - 1u;
        break;
      case 1:
      case 2:
        number = Syscall::kConnect;
        r[0] = below(6);
        break;
      case 3:
      case 4:
      case 5:
        if (handle == 0) break;
        number = Syscall::kCall;
        r[0] = handle;
        r[1] = abi::Info::make(Kind::kCall, 1 + below(6)).bits;
        break;
      case 6:
      case 7:
      case 8:
      case 9:
        if (handle == 0) break;
        number = Syscall::kCall;
        r[0] = handle;
        r[1] = abi::Info::make(below(2) ? Kind::kLend : Kind::kLendMut, 1 + below(4)).bits;
        r[2] = below(20) ? kData + below(kDataPages) * abi::kPageSize : address();
        r[3] = below(20) ? 1 + below(3 * abi::kPageSize) : bytes();
        if (below(20) != 0 && r[2] + r[3] > kData + kDataPages * abi::kPageSize) r[2] = kData;
        break;
      case 10:
        if (handle == 0) break;
        number = Syscall::kSend;
        r[0] = handle;
        r[1] = abi::Info::make(Kind::kSend, 1 + below(4)).bits;
        break;
      case 11:
        if (handle == 0) break;
        number = Syscall::kSend;
        r[0] = handle;
        r[1] = abi::Info::make(Kind::kMove, 1 + below(4)).bits;
        r[2] = moveable(self);
        r[3] = abi::kPageSize;
        if (r[2] == 0) number = Syscall::kNull;
        break;
      case 12:
      case 13:
        number = process.servers[0] ? Syscall::kReceive : Syscall::kNull;
        break;
      case 14:
        number = process.servers[0] ? Syscall::kTryReceive : Syscall::kNull;
        break;
      case 15:
        number = Syscall::kReply;
        r[0] = token(self);
        break;
      case 16:
      case 17:
      case 18:
      case 19:
        number = process.servers[0] ? Syscall::kReplyReceive : Syscall::kNull;
        r[0] = token(self);
        break;
      case 20:
        number = Syscall::kMap;
        r[0] = below(2) ? 0 : abi::kHeapBase + below(64) * abi::kPageSize;
        r[1] = 1 + below(20 * abi::kPageSize);
        break;
      case 21:
        number = Syscall::kUnmap;
        r[0] = (below(2) ? abi::kHeapBase : kMoveBase) + below(64) * abi::kPageSize;
        r[1] = 1 + below(5 * abi::kPageSize);
        break;
      case 22:
        number = Syscall::kThreadCreate;
        r[0] = kCode;
        r[1] = kData + 0x1000;
        r[3] = below(process.priority_limit + 2);
        break;
      case 23:
        number = below(3) ? Syscall::kYield : Syscall::kThreadExit;
        break;
      case 24:
        number = Syscall::kSleep;
        r[0] = below(20'000'000);
        r[1] = 0;
        break;
      case 25:
        number = below(2) ? Syscall::kFutexWait : Syscall::kFutexWake;
        r[0] = kData + 2 * abi::kPageSize;
        if (arch::page_get(process.pid, r[0]).lent) number = Syscall::kNull;
        r[1] = number == Syscall::kFutexWait ? 0 : below(4);
        r[2] = below(10'000'000);
        r[3] = 0;
        break;
      case 26:
        number = below(2) ? Syscall::kInterruptClaim : Syscall::kMapDevice;
        r[0] = number == Syscall::kMapDevice ? 0xf800'0000 : 40 + below(4);
        r[1] = 0x2000;
        break;
      case 27:
        for (unsigned source = 40; source < 43; ++source) {
          if (world_->kernel.interrupts[source].owner != &self) continue;
          number = Syscall::kInterruptWait;
          r[0] = kInterruptTag + source;
        }
        break;
      case 28:
        if (below(4) != 0) break;
        ++deaths;
        if (below(2)) return world_->fault(self);
        number = Syscall::kExit;
        break;
      default:
        number = handle ? Syscall::kNotify : Syscall::kNull;
        r[0] = handle;
        if (below(40) == 0) {  // anything at all
          number = static_cast<Syscall>(below(70));
          for (uint32_t& word : r) word = below(2) ? address() : static_cast<uint32_t>(random_());
          if (number == Syscall::kPower) number = Syscall::kNull;
        }
    }
    const bool answers = number == Syscall::kReply || number == Syscall::kReplyReceive;
    const uint32_t answered = answers && world_->kernel.find_caller(self, r[0]) != nullptr;
    calls_answered += answered;
    world_->enter(self, number, r);
  }

  /// A page of the heap or the moved ones that may be moved.
  uint32_t moveable(Thread& self) const {
    for (const auto& [at, page] : world_->machine.pages(self.process->pid)) {
      const bool heap = at >= abi::kHeapBase && at < abi::kHeapEnd;
      const bool moved = at >= kMoveBase && at < kMoveEnd;
      if ((heap || moved) && page.reachable() && page.access == arch::Access::kReadWrite &&
          world_->kernel.frame_of(page.physical)->loans == 0) {
        return at;
      }
    }
    return 0;
  }

  /// Mostly a good one.
  uint32_t token(Thread& self) {
    const uint32_t start = below(kMaxThreads);
    const bool honest = below(12) != 0;
    for (unsigned i = 0; honest && i < kMaxThreads; ++i) {
      const Thread& t = world_->kernel.threads[(start + i) % kMaxThreads];
      if (t.ghost.pages != 0 && t.ghost.server->owner == self.process) return t.ghost.token;
      if (t.state != ThreadState::kAwaitingReply || t.server->owner != self.process) continue;
      return Kernel::token_given(t);
    }
    return static_cast<uint32_t>(random_());
  }

  std::mt19937 random_;
  std::unique_ptr<World> world_;
  unsigned idle_ = 0;
  unsigned steps_ = 0;
};

TEST(RandomCalls, KeepEverythingThatMustHold) {
  unsigned deaths = 0, answered = 0;
  for (uint32_t seed = 1; seed <= 8; ++seed) {
    Chaos chaos(seed);
    for (unsigned i = 0; i < 2000; ++i) {
      const std::string wrong = chaos.step();
      ASSERT_EQ(wrong, "") << "seed " << seed << ", step " << i;
    }
    deaths += chaos.deaths;
    answered += chaos.calls_answered;
  }
  EXPECT_GT(deaths, 30u);
  EXPECT_GT(answered, 900u);
}

}  // namespace
}  // namespace kernel::test
