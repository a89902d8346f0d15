// Random system calls: mostly with arguments that mean something, so that they get deep.
#include <algorithm>
#include <array>

#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "kernel/abi/layout.h"
#include "tests/kernel/subject/subject.h"

namespace subject {
namespace {

using kernel::abi::Info;
using kernel::abi::Kind;
using runtime::Syscall;

class Random {
 public:
  explicit Random(uint32_t seed) : state_(seed * 2'654'435'761u | 1) {}
  uint32_t word() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }
  uint32_t below(uint32_t limit) { return word() % limit; }
  bool one_in(uint32_t odds) { return below(odds) == 0; }

 private:
  uint32_t state_;
};

constexpr uint32_t kPage = kernel::abi::kPageSize;
constinit uint32_t connections = 0;  // handles 1 to this are ours

// Futexes and logs go here, so that what the program needs stays whole.
alignas(kPage) constinit std::array<uint32_t, 1024> scratch{};
alignas(8) constinit std::array<uint32_t, 64> little_stack{};

[[noreturn]] void thread_that_ends(uint32_t) {
  for (;;) runtime::system_call(Syscall::kThreadExit, 7);
}

/// An address that a call may do something with. One in a few hundred is anything.
uint32_t pointer(Random& random) {
  const uint32_t ours = reinterpret_cast<uintptr_t>(scratch.data());
  if (random.one_in(1500)) return random.word();
  return ours + (random.below(1024) & ~1u) * 4;
}

uint32_t heap_page(Random& random) {
  const auto& given = runtime::arguments();
  if (random.one_in(1500)) return random.word();
  if (random.one_in(4)) return 0;
  return given.heap_begin + 0x40'0000 + random.below(32) * kPage;
}

uint32_t some_bytes(Random& random) {
  return random.one_in(1000) ? random.word()
                             : (1 + random.below(4)) * kPage - random.below(2) * 100;
}

uint32_t connection(Random& random) {
  return random.one_in(1000) ? random.below(64) : 1 + random.below(connections);
}

/// What a caller waits for at most: 0 to 30 us, so that nobody hangs.
void deadline(Random& random, uint32_t& low, uint32_t& high) {
  low = random.below(30'000);
  high = 0;
}

void message(Random& random, RawRegisters& registers, bool blocking) {
  auto& r = registers.r;
  r[0] = connection(random);
  const bool pages = random.one_in(3);
  const Kind kind = random.one_in(60)  ? static_cast<Kind>(random.below(8))
                    : !pages           ? (blocking ? Kind::kCall : Kind::kSend)
                    : !blocking        ? Kind::kMove
                    : random.one_in(2) ? Kind::kLend
                                       : Kind::kLendMut;
  r[1] = Info::make(kind, static_cast<uint8_t>(random.one_in(60) ? random.word() : random.below(6)))
             .bits;
  if (kind >= Kind::kLend) {
    r[2] = kind == Kind::kMove
               ? heap_page(random)
               : static_cast<uint32_t>(reinterpret_cast<uintptr_t>(buffer.items().data())) +
                     random.below(suite::kBufferPages) * kPage;
    r[3] = random.one_in(500) ? random.word() : kPage;
  } else if (r[2] < 64) {
    r[2] = 0;  // kNothing, should it be an Act: subjects obey one another in that only
  }
  if (kind == Kind::kCall && (r[1] & 0xff) == 1) r[2] = 0;
}

/// Chooses a call. What would end the process, stop it for good or end the test is not chosen.
RawRegisters choose(Random& random) {
  RawRegisters registers;
  auto& r = registers.r;
  for (uint32_t& word : r) word = random.one_in(2) ? random.word() : random.below(64);
  auto call = static_cast<Syscall>(random.below(64));
  switch (call) {
    case Syscall::kExit:
    case Syscall::kThreadExit:
    case Syscall::kPower:
    case Syscall::kCrashRead:
      call = Syscall::kNull;
      break;
    case Syscall::kCall:  // may wait for ever, so only the timed one goes to everybody
    case Syscall::kReceive:
    case Syscall::kReplyReceive:
    case Syscall::kCallTimed:
      call = Syscall::kCallTimed;
      message(random, registers, true);
      deadline(random, r[10], r[11]);
      break;
    case Syscall::kSend:
      message(random, registers, false);
      break;
    case Syscall::kReply:
      r[0] = random.word();
      break;
    case Syscall::kTryReceive:
    case Syscall::kReceiveTimed:
      call = Syscall::kReceiveTimed;
      // Our own server. What comes in meanwhile is left unanswered: its caller has a deadline.
      r[0] = random.one_in(1500) ? random.word() : 0x100;
      deadline(random, r[1], r[2]);
      break;
    case Syscall::kConnect:
      r[0] = random.below(80);
      if (random.one_in(2)) call = Syscall::kClock;  // connections are few
      break;
    case Syscall::kThreadCreate:
      r[0] = reinterpret_cast<uintptr_t>(&thread_that_ends);
      r[1] = reinterpret_cast<uintptr_t>(&little_stack.back()) & ~7u;
      if (random.one_in(1500)) r[random.below(2)] = random.word() & ~7u;
      r[3] = random.below(suite::kSubjectPriority + 2);
      break;
    case Syscall::kFutexWait:
      r[0] = pointer(random) & ~3u;
      if (random.one_in(3)) r[1] = 0;
      deadline(random, r[2], r[3]);
      break;
    case Syscall::kFutexWake:
      r[0] = pointer(random);
      break;
    case Syscall::kSleep:
      deadline(random, r[0], r[1]);
      break;
    case Syscall::kMap:
    case Syscall::kUnmap:
      r[0] = heap_page(random);
      r[1] = some_bytes(random);
      if (call == Syscall::kUnmap && r[0] == 0) r[0] = runtime::arguments().heap_begin + 0x40'0000;
      break;
    case Syscall::kInterruptWait:
      if (!random.one_in(1500)) call = Syscall::kInterruptClaim;
      break;
    case Syscall::kNotify:
      r[0] = connection(random);
      break;
    default:
      break;  // whatever it is: the words are random, and the manifest denies most of these
  }
  r[12] = static_cast<uint32_t>(call);
  if (random.one_in(5000)) r[12] = random.word();
  return registers;
}

}  // namespace

uint32_t random_calls(uint32_t seed, uint32_t count) {
  Random random(seed);
  for (uint32_t id = 0; id < runtime::services().size(); ++id) {
    const auto opened = runtime::system_call(Syscall::kConnect, id);
    if (opened.error == 0) connections = std::max(connections, opened.r1);
  }
  for (uint32_t i = 0; i < count; ++i) {
    RawRegisters registers = choose(random);
    registers.r[14] = i;  // a crash record says how far we came
    raw_call(&registers);
    // A reply to whoever has come through kReceiveTimed would go to the token in r11; nobody waits
    // for long, so it is left.
  }
  return count;
}

}  // namespace subject
