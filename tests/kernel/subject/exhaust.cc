// A process that takes all it can get of one thing.
#include <algorithm>
#include <array>
#include <atomic>
#include <optional>

#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "firmware/runtime/thread.h"
#include "kernel/abi/layout.h"
#include "tests/kernel/subject/subject.h"

namespace subject {
namespace {

using kernel::abi::Info;
using kernel::abi::Kind;
using runtime::Syscall;
using suite::Resource;

constexpr uint32_t kPage = kernel::abi::kPageSize;
constexpr uint32_t kThreads = 80;  // more than a process can have

// Threads that need no more of a stack than their registers: all stand on one page.
alignas(kPage) constinit std::array<uint32_t, 1024> stacks{};

[[noreturn]] void sleep_for_ever(uint32_t) {
  for (;;) runtime::system_call(Syscall::kSleep, 1'000'000, 0);
}
[[noreturn]] void wait_for_ever(uint32_t) {
  for (;;)
    runtime::system_call(Syscall::kFutexWait, reinterpret_cast<uintptr_t>(&stacks), 0, ~0u, ~0u);
}

uint32_t start(void (*entry)(uint32_t), uint32_t number, uint32_t argument) {
  const uint32_t top = reinterpret_cast<uintptr_t>(stacks.data()) + 64 + number % 16 * 240;
  return runtime::system_call(Syscall::kThreadCreate, reinterpret_cast<uintptr_t>(entry), top & ~7u,
                              argument, suite::kSubjectPriority - 1)
      .error;
}

using Had = std::pair<uint32_t, uint32_t>;

Had pages() {
  for (uint32_t count = 0;; ++count) {
    const uint32_t error = runtime::system_call(Syscall::kMap, 0, kPage).error;
    if (error) return {count, error};
  }
}

/// A page in each megabyte: each takes a second-level table.
Had page_tables() {
  uint32_t address = (runtime::arguments().heap_begin | 0xf'ffff) + 1, count = 0, error = 0;
  for (; address < runtime::arguments().heap_end && error == 0; address += 1u << 20) {
    error = runtime::system_call(Syscall::kMap, address, kPage).error;
    count += error == 0;
  }
  return {count, error};
}

Had threads(void (*entry)(uint32_t)) {
  for (uint32_t count = 0; count < kThreads; ++count)
    if (const uint32_t error = start(entry, count, 0)) return {count, error};
  return {kThreads, 0};
}

Had messages(uint32_t connection) {
  for (uint32_t count = 0; count < 1000; ++count) {
    std::array<uint32_t, 8> words{};
    const uint32_t error = runtime::message_call(Syscall::kSend, connection,
                                                 Info::make(Kind::kSend, 4).bits, words.data())
                               .r0;
    if (error) return {count, error};
  }
  return {1000, 0};
}

Had connections() {
  const auto services = runtime::services();
  uint32_t count = 0, error = 0;
  for (uint32_t round = 0; round < 40; ++round)
    for (uint32_t id = 0; id < services.size(); ++id) {
      const auto opened = runtime::system_call(Syscall::kConnect, id);
      if (opened.error == 0) ++count;
      if (opened.error &&
          static_cast<uint8_t>(opened.error) != static_cast<uint8_t>(base::Code::kDenied))
        error = opened.error;
    }
  return {count, error};
}

Had notifications(uint32_t connection) {
  for (uint32_t count = 0; count < 5000; ++count) {
    const uint32_t error =
        runtime::system_call(Syscall::kNotify, connection, 1u << count % 32).error;
    if (error) return {count, error};
  }
  return {5000, 0};
}

[[noreturn]] void lend_page(uint32_t connection_and_page) {
  std::array<uint32_t, 8> words{
      static_cast<uint32_t>(reinterpret_cast<uintptr_t>(buffer.items().data())) +
          (connection_and_page & 3) * kPage,
      kPage};
  for (;;) {
    runtime::message_call(Syscall::kCall, connection_and_page >> 2, Info::make(Kind::kLend, 2).bits,
                          words.data());
    runtime::system_call(Syscall::kSleep, 1'000'000, 0);
  }
}

/// Every thread has one: a loan that nobody answers soon.
Had loans(uint32_t connection) {
  for (uint32_t count = 0; count < kThreads; ++count)
    if (const uint32_t error = start(lend_page, count, connection << 2 | (count & 3)))
      return {count, error};
  return {kThreads, 0};
}

/// No resource: entries into the kernel, as many as there can be.
Had entries() {
  for (uint32_t count = 0; count < 1000; ++count) runtime::system_call(Syscall::kConnect, ~0u);
  return {1000, 0};
}

Had take(Resource resource, uint32_t connection) {
  switch (resource) {
    case Resource::kPages:
      return pages();
    case Resource::kPageTables:
      return page_tables();
    case Resource::kThreads:
      return threads(wait_for_ever);
    case Resource::kMessages:
      return messages(connection);
    case Resource::kConnections:
      return connections();
    case Resource::kNotifications:
      return notifications(connection);
    case Resource::kSleepers:
      return threads(sleep_for_ever);
    case Resource::kLoans:
      return loans(connection);
    case Resource::kEntries:
      return entries();
    case Resource::kCount:
      break;
  }
  return {};
}

uint64_t now() {
  const auto time = runtime::system_call(Syscall::kClock);
  return uint64_t{time.r2} << 32 | time.r1;
}

constexpr uint64_t kPress = 25'000'000;  // nanoseconds

}  // namespace

std::pair<uint32_t, uint32_t> exhaust(Resource resource, uint32_t connection) {
  const uint64_t end = now() + kPress;
  Had had = take(resource, connection);
  // What is used up stays so, and is asked for on and on.
  while (now() < end) had.first += take(resource, connection).first;
  return had;
}

namespace {
std::optional<runtime::Thread> watch_thread{};
std::atomic<uint32_t> watching = 0;
uint32_t runs = 0, worst_ns = 0, period_ns = 0;

struct Watcher {
  void operator()() {
    while (watching) {
      const uint64_t due = now() + period_ns;
      runtime::system_call(Syscall::kSleep, period_ns, 0);
      worst_ns = std::max(worst_ns, static_cast<uint32_t>(now() - due));
      ++runs;
    }
  }
};
Watcher watcher;
}  // namespace

void watch(uint32_t period_us) {
  runs = worst_ns = 0;
  period_ns = period_us * 1000;
  watching = 1;
  auto thread =
      runtime::Thread::start(watcher, {.priority = suite::kWatchdogPriority, .stack_bytes = 4096});
  if (thread) watch_thread.emplace(*thread);
}

std::pair<uint32_t, uint32_t> watched() {
  watching = 0;
  if (watch_thread) (void)watch_thread->join();
  watch_thread.reset();
  return {runs, worst_ns};
}

}  // namespace subject
