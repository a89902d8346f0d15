// Every register holds a value that nobody else has, and is looked at after every kind of exit from
// the kernel.
#include <atomic>
#include <optional>

#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "firmware/runtime/thread.h"
#include "tests/kernel/subject/subject.h"

namespace subject {
namespace {

using kernel::abi::Info;
using kernel::abi::Kind;
using runtime::Syscall;

constexpr uint32_t kUserMode = 0x10, kModeMask = 0x1f, kMasked = 0xc0, kThumb = 0x20;
// Fast interrupts belong to the monitor, where there is one; user code never has them.
constexpr uint32_t kFastMasked = 0x40;

struct Case {
  Syscall call;
  uint32_t r0, r1, r2, r3;
  uint32_t results;  ///< registers from r0 on that carry something
};

/// Calls that come back by every way there is: at once, after others ran, after a wait, refused.
constexpr Case kCases[] = {
    {Syscall::kNull, 1, 2, 3, 4, 1},
    {Syscall::kYield, 1, 2, 3, 4, 1},
    {Syscall::kClock, 1, 2, 3, 4, 3},
    {Syscall::kSleep, 20'000, 0, 3, 4, 1},
    {Syscall::kSleep, 0, 0, 3, 4, 1},
    {Syscall::kFutexWait, 0, 0x1234'5678, 0, 0, 1},  // kBusy
    {Syscall::kFutexWait, 0, 0, 15'000, 0, 1},       // kTimeout
    {Syscall::kFutexWake, 0, 3, 0, 0, 2},
    {Syscall::kConnect, 0xffff, 2, 3, 4, 2},
    {Syscall::kThreadJoin, 0x7777, 2, 3, 4, 2},
    {Syscall::kReply, 0x7777'7777, 2, 3, 4, 1},
    {Syscall::kMap, 0, 0, 3, 4, 2},            // kInvalid
    {Syscall::kPower, 0, 0, 0, 0, 1},          // kDenied
    {Syscall::kStatistics, 99, 99, 0, 0, 10},  // kNotFound or kDenied
};

alignas(4) constinit uint32_t futex = 0;

class Looker {
 public:
  bool ok() const { return result_[1] == 0; }
  const Words& result() const { return result_; }

  void look(uint32_t place, uint32_t is, uint32_t should_be) {
    ++result_[0];
    if (is == should_be || !ok()) return;
    result_[1] = place, result_[2] = is, result_[3] = should_be;
  }

 private:
  Words result_{};
};

uint32_t thread_pointer() {
  uint32_t value;
  asm volatile("mrc p15, 0, %0, c13, c0, 3" : "=r"(value));
  return value;
}
uint32_t scratch_register() {
  uint32_t value;
  asm volatile("mrc p15, 0, %0, c13, c0, 2" : "=r"(value));
  return value;
}

void one(Looker& looker, uint32_t number, const Case& test, uint32_t seed) {
  RawRegisters registers;
  auto& r = registers.r;
  for (uint32_t i = 0; i < 15; ++i) r[i] = seed + i * 0x0101'0101;
  r[0] = test.r0, r[1] = test.r1, r[2] = test.r2, r[3] = test.r3;
  r[12] = static_cast<uint32_t>(test.call);
  if (test.call == Syscall::kFutexWait || test.call == Syscall::kFutexWake)
    r[0] = reinterpret_cast<uintptr_t>(&futex);
  const uint32_t pointer = thread_pointer();
  raw_call(&registers);
  const uint32_t place = (number + 1) << 8;
  for (uint32_t i = test.results; i < 10; ++i) looker.look(place | i, r[i], 0);
  looker.look(place | 10, r[10], seed + 10 * 0x0101'0101);
  looker.look(place | 11, r[11], seed + 11 * 0x0101'0101);
  looker.look(place | 12, r[12], 0);
  looker.look(place | 13, r[13], 0);
  looker.look(place | 14, r[14], seed + 14 * 0x0101'0101);
  looker.look(place | 15, raw_status & (kModeMask | kMasked | kThumb), kUserMode | kFastMasked);
  looker.look(place | 16, thread_pointer(), pointer);
  // Not kept, but nothing of another's may stand in it.
  const uint32_t scratch = scratch_register();
  looker.look(place | 17, scratch, 0);
}

struct Spinner {
  uint32_t rounds = 0, seed = 0;
  std::atomic<uint32_t> first_wrong = 0;
  void operator()() {
    for (uint32_t i = 0; i < rounds && first_wrong == 0; ++i) {
      first_wrong = spin_with_canaries(2000, seed + i * 0x1111);
      if (first_wrong == 0 && seed <= 0x2000'0000) {  // the third leaves them alone
        first_wrong = spin_with_vfp_canaries(2000, seed + i * 0x1111);
        if (first_wrong != 0) first_wrong = first_wrong + 100;
      }
    }
  }
};
constinit Spinner spinners[3];

}  // namespace

Words canaries(uint32_t rounds) {
  Looker looker;
  // Threads that take turns with us and with one another, each with registers full of its own.
  std::optional<runtime::Thread> threads[3];
  for (uint32_t i = 0; i < 3; ++i) {
    spinners[i].rounds = rounds * 20;
    spinners[i].seed = 0x1000'0000 * (i + 1);
    spinners[i].first_wrong = 0;
    auto thread =
        runtime::Thread::start(spinners[i], {.priority = 10 + i / 2, .stack_bytes = 4096});
    if (thread) threads[i].emplace(*thread);
  }
  for (uint32_t round = 0; round < rounds; ++round)
    for (uint32_t i = 0; i < std::size(kCases); ++i)
      one(looker, i, kCases[i], 0xa000'0000 + round * 0x1357);
  for (uint32_t i = 0; i < 3; ++i) {
    if (threads[i]) (void)threads[i]->join();
    looker.look(0xff00 | i, spinners[i].first_wrong, 0);
  }
  return looker.result();
}

}  // namespace subject
