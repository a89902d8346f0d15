#include "firmware/services/probe/checks.h"

#include <chrono>

#include "base/modules.h"
#include "firmware/interfaces/echo.h"
#include "firmware/interfaces/names.h"
#include "firmware/runtime/heap.h"
#include "firmware/runtime/mutex.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/thread.h"

namespace services::probe {
namespace {

using interfaces::Echo;
using interfaces::Names;
using namespace std::chrono_literals;

constexpr uint8_t kModule = base::module_number("firmware/services/probe/checks.cc");

constinit ipc::PageBuffer<uint32_t, 2048> pages;

/// What a check expects.
base::Result<void> expect(bool held, base::Error otherwise) {
  if (held) return {};
  return otherwise;
}

base::Result<void> words() {
  const auto echo = TRY(runtime::connect<Echo>());
  const std::array<uint32_t, 8> sent{1, 2, 3, 4, 5, 6, 7, 0x8000'0008};
  const auto got = TRY(echo.call(Echo::Words{.words = sent}));
  return expect(got.words == sent, FAIL(kDataLoss));
}

base::Result<void> lend() {
  const auto echo = TRY(runtime::connect<Echo>());
  uint32_t sum = 0;
  for (uint32_t i = 0; i < pages.items().size(); ++i) sum += pages.items()[i] = i * 2'654'435'761u;
  const auto got = TRY(echo.call(Echo::Sum{.words = pages}));
  return expect(got.sum == sum && pages.items()[2047] == 2047 * 2'654'435'761u, FAIL(kDataLoss));
}

base::Result<void> lend_mut() {
  const auto echo = TRY(runtime::connect<Echo>());
  pages.items()[1500] = 7;
  TRY(echo.call(Echo::Fill{.words = {pages, 1500}, .value = 0x5a5a'a5a5}));
  const auto items = pages.items();
  return expect(items[0] == 0x5a5a'a5a5 && items[1499] == 0x5a5a'a5a5 && items[1500] == 7,
                FAIL(kDataLoss));
}

base::Result<void> denied_method() {
  const auto echo = TRY(runtime::connect<Echo>());
  const auto result = echo.call(Echo::Yield{.times = 1});
  return expect(!result && result.error().code() == base::Code::kDenied, FAIL(kInternal));
}

base::Result<void> denied_system_call() {
  const auto result = runtime::map_device(0xf800'c000, 0x4000);
  return expect(!result && result.error().code() == base::Code::kDenied, FAIL(kInternal));
}

base::Result<void> names() {
  const auto names = TRY(runtime::connect<Names>());
  const auto console =
      TRY(names.call(Names::Lookup{.name = interfaces::service_name("os/console")}));
  TRY(expect(console.service == TRY(runtime::find_service("os/console")), FAIL(kDataLoss)));
  const auto described = TRY(names.call(Names::Describe{.service = console.service}));
  TRY(expect(described.name == interfaces::service_name("os/console"), FAIL(kDataLoss)));
  const auto none = names.call(Names::Lookup{.name = interfaces::service_name("os/none")});
  return expect(!none && none.error().code() == base::Code::kNotFound, FAIL(kInternal));
}

base::Result<void> sleep() {
  runtime::KernelClock clock;
  const base::Duration before = clock.now();
  runtime::sleep(20ms);
  const base::Duration slept = clock.now() - before;
  return expect(slept >= 20ms && slept < 200ms, FAIL(kTimeout));
}

base::Result<void> memory() {
  const auto fresh = TRY(runtime::map(3 * kernel::abi::kPageSize));
  uint8_t seen = 0;
  for (std::byte& byte : fresh) {
    seen |= static_cast<uint8_t>(byte);
    byte = std::byte{0xa5};
  }
  runtime::unmap(fresh);
  TRY(expect(seen == 0, FAIL(kDataLoss)));
  const auto too_much = runtime::map(16 << 20);
  return expect(!too_much && too_much.error().code() == base::Code::kNoMemory, FAIL(kInternal));
}

base::Result<void> threads() {
  struct Work {
    runtime::Mutex mutex{};
    runtime::Condition changed{};
    uint32_t turn = 0;
    uint32_t rounds[2] = {};
    void run(uint32_t me) {
      for (uint32_t i = 0; i < 50; ++i) {
        runtime::Lock lock(mutex);
        while (turn != me) changed.wait(mutex);
        ++rounds[me];
        turn = 1 - me;
        changed.notify_all();
      }
    }
  } work;
  auto first = [&work] { work.run(0); };
  auto second = [&work] { work.run(1); };
  auto one = TRY(runtime::Thread::start(first, {.priority = 12, .stack_bytes = 4096}));
  // From here on `work` is in use until both have ended, so no early return.
  auto two = runtime::Thread::start(second, {.priority = 12, .stack_bytes = 4096});
  if (!two) work.run(1);
  const auto first_end = one.join();
  if (two) TRY(two->join());
  TRY(first_end);
  return expect(work.rounds[0] == 50 && work.rounds[1] == 50, FAIL(kInternal));
}

base::Result<void> timed_call() {
  const auto echo = TRY(runtime::connect<Echo>());
  runtime::KernelClock clock;
  const base::Duration before = clock.now();
  const auto late = echo.call(Echo::Late{.microseconds = 60'000}, ipc::Within{10ms});
  const base::Duration waited = clock.now() - before;
  TRY(expect(!late && late.error().code() == base::Code::kTimeout, FAIL(kInternal)));
  TRY(expect(waited >= 10ms && waited < 50ms, FAIL(kTimeout)));
  // It sleeps still, so a mere try is refused.
  const auto busy = echo.call(Echo::Ping{}, ipc::Within{});
  TRY(expect(!busy && busy.error().code() == base::Code::kBusy, FAIL(kInternal)));
  return echo.call(Echo::Ping{}, ipc::Within{200ms});
}

base::Result<void> denied_notify() {
  const auto echo = TRY(runtime::connect<Echo>());
  const auto result = echo.notify(1);
  return expect(!result && result.error().code() == base::Code::kDenied, FAIL(kInternal));
}

base::Result<void> timed_lock() {
  runtime::Mutex mutex;
  runtime::Lock lock(mutex);
  runtime::KernelClock clock;
  const base::Duration before = clock.now();
  TRY(expect(!mutex.try_lock() && !mutex.lock_within(10ms), FAIL(kInternal)));
  runtime::Condition never;
  TRY(expect(!never.wait_within(mutex, 10ms), FAIL(kInternal)));
  const base::Duration waited = clock.now() - before;
  return expect(waited >= 20ms && waited < 100ms, FAIL(kTimeout));
}

base::Result<void> heap() {
  // The first time there is none yet; the heap then stays.
  if (const auto started = runtime::start_heap(4 * kernel::abi::kPageSize);
      !started && started.error().code() != base::Code::kBusy)
    return started.error();
  const auto first = runtime::make<std::array<uint32_t, 500>>();
  TRY(expect(first != nullptr, FAIL(kNoMemory)));
  TRY(expect(runtime::make<std::array<uint32_t, 4000>>() == nullptr, FAIL(kInternal)));
  first->fill(0x1234);
  const auto second = runtime::make<std::array<uint32_t, 500>>();
  TRY(expect(second != nullptr && (*first)[499] == 0x1234, FAIL(kDataLoss)));
  return expect(runtime::heap_statistics().pieces == 2, FAIL(kDataLoss));
}

constinit thread_local uint32_t own = 7;
constinit thread_local uint64_t own_zero = 0;

base::Result<void> thread_locals() {
  struct Work {
    uint32_t found = 0;
    uint64_t zero = 1;
    void operator()() {
      found = own;
      zero = own_zero;
      for (uint32_t i = 0; i < 1000; ++i) {
        own += 2;
        own_zero += 3;
        if (i % 100 == 0) runtime::yield();
      }
      found = found == 7 && own == 2007 && own_zero == 3000 ? 7 : 0;
    }
  } works[2];
  own = 1'000'000;
  auto one = TRY(runtime::Thread::start(works[0], {.priority = 12, .stack_bytes = 4096}));
  auto two = runtime::Thread::start(works[1], {.priority = 12, .stack_bytes = 4096});
  if (two) TRY(two->join());
  TRY(one.join());
  TRY(expect(two.has_value(), FAIL(kNoMemory)));
  const bool apart = works[0].found == 7 && works[1].found == 7 && works[0].zero == 0 &&
                     works[1].zero == 0 && own == 1'000'000;
  own = 7;
  return expect(apart, FAIL(kDataLoss));
}

constexpr Check kChecks[] = {
    {"words", words},
    {"lend", lend},
    {"lend_mut", lend_mut},
    {"denied_method", denied_method},
    {"denied_system_call", denied_system_call},
    {"names", names},
    {"sleep", sleep},
    {"memory", memory},
    {"threads", threads},
    {"timed_call", timed_call},
    {"denied_notify", denied_notify},
    {"timed_lock", timed_lock},
    {"heap", heap},
    {"thread_local", thread_locals},
};

}  // namespace

std::span<const Check> checks() {
  return kChecks;
}

}  // namespace services::probe
