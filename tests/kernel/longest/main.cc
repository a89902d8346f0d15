// The longest ways through the kernel, on purpose, so that a tool which watches how long interrupts
// stay off has seen them: room looked for in tables full of holes, moved pages whose receiver has
// every slot taken, sixty threads on one futex, a large device range, and callers with long loans
// whose deadlines come together behind a chain of calls that inherits from them.
//
// Exits with 0, or with the line of the check that failed.
#include <array>
#include <atomic>

#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "kernel/abi/layout.h"
#include "kernel/abi/message.h"

namespace {

using kernel::abi::Info;
using kernel::abi::Kind;
using kernel::abi::kMaxLendPages;
using runtime::Syscall;
using namespace std::chrono_literals;

constexpr uint32_t kPage = kernel::abi::kPageSize, kMegabyte = 1u << 20;
constexpr uint32_t kAct = 1, kTake = 3;  // of interfaces::Subject

#define EXPECT(condition) \
  if (!(condition)) runtime::exit(__LINE__)

bool is(uint32_t error, base::Code code) {
  return error != 0 && base::Error{error}.code() == code;
}

constinit uint32_t outer_port = 0, inner_port = 0, outer = 0, inner = 0;

constexpr unsigned kMostThreads = 64;
alignas(8) constinit std::array<std::array<uint32_t, 160>, kMostThreads> stacks{};
constinit unsigned threads = 0;  // whose stacks are in use

uint32_t start(void (*entry)(uint32_t), uint32_t argument, uint32_t priority) {
  std::array<uint32_t, 160>& stack = stacks[threads++ % kMostThreads];
  const auto made = runtime::system_call(
      Syscall::kThreadCreate, reinterpret_cast<uintptr_t>(entry),
      static_cast<uint32_t>(reinterpret_cast<uintptr_t>(&stack)) + sizeof stack, argument,
      priority);
  EXPECT(made.error == 0);
  return made.r1;
}

void wait_while(std::atomic<uint32_t>& word, uint32_t value) {
  while (word == value)
    runtime::system_call(Syscall::kFutexWait, reinterpret_cast<uintptr_t>(&word), value, ~0u, ~0u);
}
uint32_t wake_all(std::atomic<uint32_t>& word) {
  return runtime::system_call(Syscall::kFutexWake, reinterpret_cast<uintptr_t>(&word), ~0u).r1;
}
[[noreturn]] void sleep_for_ever() {
  for (;;) runtime::system_call(Syscall::kSleep, 0, 1000);
}
uint64_t now() {
  const auto clock = runtime::system_call(Syscall::kClock);
  return uint64_t{clock.r2} << 32 | clock.r1;
}

// --- memory -------------------------------------------------------------------------------------

/// Tables with a page in the middle and one at the end: no hole is large enough before all have
/// been looked through.
void look_through_tables() {
  constexpr uint32_t kTables = 40, kHalf = kMegabyte / 2;
  const uint32_t first = (runtime::arguments().heap_begin | (kMegabyte - 1)) + 1;
  // The search begins behind the page that was mapped last, which is the lowest.
  for (uint32_t i = 2 * kTables; i-- > 0;)
    EXPECT(runtime::system_call(Syscall::kMap, first + (i + 1) * kHalf - kPage, kPage).error == 0);
  const auto got = runtime::system_call(Syscall::kMap, 0, kHalf);
  EXPECT(got.error == 0 && got.r1 == first + kTables * kMegabyte);
  EXPECT(runtime::system_call(Syscall::kUnmap, got.r1, kHalf).error == 0);
  EXPECT(is(runtime::system_call(Syscall::kMap, first, kHalf).error, base::Code::kBusy));
  EXPECT(runtime::system_call(Syscall::kMap, first, kHalf - kPage).error == 0);
  for (uint32_t i = 0; i < kTables; ++i)
    EXPECT(runtime::system_call(Syscall::kUnmap, first + i * kMegabyte, kMegabyte).error == 0);
}

void map_a_large_device() {
  EXPECT(runtime::system_call(Syscall::kMapDevice, 0xfd00'0000, kMegabyte).error == 0);
}

/// To ourselves, and kept, until there is no slot for more.
void move_until_all_slots_are_taken() {
  constexpr uint32_t kSlots = 128;
  static constinit std::array<uint32_t, kSlots> arrived{};
  for (uint32_t count = 0;; ++count) {
    const auto page = runtime::system_call(Syscall::kMap, 0, kPage);
    EXPECT(page.error == 0);
    std::array<uint32_t, 8> words{page.r1, kPage};
    const uint32_t error = runtime::message_call(Syscall::kSend, outer,
                                                 Info::make(Kind::kMove, kTake).bits, words.data())
                               .r0;
    if (error != 0) {
      EXPECT(is(error, base::Code::kNoMemory) && count == kSlots);
      EXPECT(runtime::system_call(Syscall::kUnmap, page.r1, kPage).error == 0);
      break;
    }
    EXPECT(count < kSlots);
    EXPECT(runtime::message_call(Syscall::kTryReceive, outer_port, 0, words.data()).r0 == 0);
    arrived[count] = words[0];
  }
  for (const uint32_t page : arrived)
    EXPECT(runtime::system_call(Syscall::kUnmap, page, kPage).error == 0);
}

// --- threads ------------------------------------------------------------------------------------

constinit std::atomic<uint32_t> gate = 0;

void wake_sixty_threads() {
  constexpr unsigned kThreads = 60;
  std::array<uint32_t, kThreads> ids{};
  for (uint32_t& id : ids)
    id = start(
        [](uint32_t) {
          wait_while(gate, 0);
          for (;;) runtime::system_call(Syscall::kThreadExit, 5);
        },
        0, 20);
  runtime::sleep(1ms);
  gate = 1;
  EXPECT(wake_all(gate) == kThreads);
  for (const uint32_t id : ids) {
    const auto joined = runtime::system_call(Syscall::kThreadJoin, id);
    EXPECT(joined.error == 0 && joined.r1 == 5);
  }
  threads = 0;
}

// --- a chain of calls, and callers that stop waiting all at once
// -----------------------------------

constexpr unsigned kLinks = 17, kCallers = 6;
constexpr uint32_t kLoan = kMaxLendPages * kPage;
alignas(kPage) constinit std::array<std::array<uint32_t, kLoan / 4>, kCallers> buffers{};
constinit std::array<std::atomic<uint32_t>, kCallers> results{};
constinit std::atomic<uint32_t> rounds = 0;
constinit uint64_t deadline = 0;

/// Receives a call and makes one itself, which the next link receives. Number 0, the last, answers
/// nobody.
void link(uint32_t number) {
  std::array<uint32_t, 8> words{};
  runtime::message_call(Syscall::kReceive, number == kLinks ? outer_port : inner_port, 0,
                        words.data());
  if (number != 0)
    runtime::message_call(Syscall::kCall, inner, Info::make(Kind::kCall, kAct).bits, words.data());
  sleep_for_ever();
}

void caller(uint32_t number) {
  std::array<uint32_t, kLoan / 4>& buffer = buffers[number];
  for (uint32_t round = 0;; ++round) {
    wait_while(rounds, round);
    buffer.front() = buffer.back() = number + round;
    std::array<uint32_t, 8> words{static_cast<uint32_t>(reinterpret_cast<uintptr_t>(&buffer)),
                                  kLoan};
    // The most urgent one's first loan stays with the chain, which never answers.
    const bool lends = round == 0 || number != kCallers - 1;
    const Info info = lends ? Info::make(Kind::kLendMut, kTake) : Info::make(Kind::kCall, kAct);
    const uint64_t limit = deadline - now();
    const uint32_t error = runtime::timed_message_call(Syscall::kCallTimed, outer, info.bits,
                                                       words.data(), static_cast<uint32_t>(limit),
                                                       static_cast<uint32_t>(limit >> 32))
                               .r0;
    const bool whole = buffer.front() == number + round && buffer.back() == number + round;
    results[number] = whole ? error : 1;
  }
}

void begin_round(base::Duration length) {
  for (auto& result : results) result = 0;
  deadline = now() + static_cast<uint64_t>(std::chrono::nanoseconds(length).count());
  ++rounds;
  EXPECT(wake_all(rounds) == kCallers);
}

/// Main thread's: receives what is in the queue, and puts it off. Returns how much, with tokens.
unsigned receive_all(std::array<uint32_t, kCallers>& tokens) {
  unsigned count = 0;
  for (; count < kCallers; ++count) {
    std::array<uint32_t, 8> words{};
    const auto got = runtime::message_call(Syscall::kTryReceive, outer_port, 0, words.data());
    if (got.r0 != 0) break;
    tokens[count] = got.r11;
  }
  return count;
}

void expect_timeouts() {
  for (const auto& result : results) EXPECT(is(result, base::Code::kTimeout));
}

void callers_behind_a_chain() {
  for (unsigned i = 0; i <= kLinks; ++i) {
    start(link, i, 3);
    runtime::sleep(100us);
  }
  for (unsigned i = 0; i < kCallers; ++i) start(caller, i, 10 + i);
  runtime::sleep(1ms);
  // The first call starts the chain; all others wait behind it.
  for (unsigned round = 0; round < 12; ++round) {
    begin_round(1ms);
    runtime::sleep(3ms);
    expect_timeouts();
  }
  // Received but not answered: the pages are copied, and go when the server's late answer comes.
  for (unsigned round = 0; round < 8; ++round) {
    std::array<uint32_t, kCallers> tokens{};
    begin_round(2ms);
    runtime::sleep(500us);
    const unsigned count = receive_all(tokens);
    EXPECT(count == kCallers);
    runtime::sleep(5ms);
    expect_timeouts();
    for (unsigned i = 0; i < count; ++i) {
      std::array<uint32_t, 8> words{};
      EXPECT(is(runtime::message_call(Syscall::kReply, tokens[i], 0, words.data()).r0,
                base::Code::kNotFound));
    }
  }
  // And the end of all comes while half of them are received and half are not.
  begin_round(1s);
  runtime::sleep(500us);
  std::array<uint32_t, 8> words{};
  for (unsigned i = 0; i < kCallers / 2; ++i)
    EXPECT(runtime::message_call(Syscall::kTryReceive, outer_port, 0, words.data()).r0 == 0);
}

/// Returns the server's handle.
uint32_t serve(std::string_view name, uint32_t& connection) {
  const auto id = runtime::find_service(name);
  EXPECT(id);
  const auto served = runtime::system_call(Syscall::kServe, *id);
  const auto opened = runtime::system_call(Syscall::kConnect, *id);
  EXPECT(served.error == 0 && opened.error == 0);
  connection = opened.r1;
  return served.r1;
}

}  // namespace

int process_main() {
  outer_port = serve("test/longest1", outer);
  inner_port = serve("test/longest2", inner);
  look_through_tables();
  map_a_large_device();
  move_until_all_slots_are_taken();
  wake_sixty_threads();
  callers_behind_a_chain();
  return 0;
}
