// Random system calls from several processes at once. Whoever breaks a contract dies and starts
// again; nothing else may come of it.
#include <atomic>

#include "firmware/interfaces/echo.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "firmware/runtime/thread.h"
#include "kernel/abi/statistics.h"
#include "tests/kernel/suite/subjects.h"

namespace suite {
namespace {

using namespace std::chrono_literals;

constexpr uint32_t kBatch = 20'000;

/// Keeps one subject at it.
struct Driver {
  Subject* subject = nullptr;
  uint32_t seed = 0, wanted = 0;
  uint32_t issued = 0, deaths = 0, failures = 0, why = 0;

  void operator()() {
    while (issued < wanted && failures == 0) {
      const uint32_t batch = std::min(kBatch, wanted - issued);
      const Answer answer = subject->act(Action::kRandom, ++seed, batch);
      if (answer.error.word == 0) {
        issued += answer.words[0];
        continue;
      }
      if (!answer.died()) {
        // Another subject's call was answered in our name: no.
        ++failures;
        why = answer.error.word;
        break;
      }
      const auto record = subject->bury();
      if (!record) {
        ++failures;
        why = subject->last_error();
        break;
      }
      ++deaths;
      issued += std::min(record->r[14], batch) + 1;
    }
  }
};
constinit Driver drivers[4];

}  // namespace

uint32_t chaos(interfaces::Printer& printer, uint32_t calls) {
  Report report(printer, "chaos");
  mute_log(true);
  cast().refresh();
  const uint32_t free_before = free_pages();
  Subject* subjects[] = {&cast().one, &cast().two, &cast().three, &cast().four};
  std::optional<runtime::Thread> threads[4];
  for (uint32_t i = 0; i < 4; ++i) {
    drivers[i] = {.subject = subjects[i], .seed = 1000 * i, .wanted = calls / 4};
    auto thread =
        runtime::Thread::start(drivers[i], {.priority = kSuiteLimit - 1, .stack_bytes = 4096});
    report.check("a driver starts", thread.has_value());
    if (thread) threads[i].emplace(*thread);
  }
  uint32_t issued = 0, deaths = 0;
  for (uint32_t i = 0; i < 4; ++i) {
    if (threads[i]) (void)threads[i]->join();
    report.check("its subject always came back", drivers[i].failures == 0, drivers[i].why);
    issued += drivers[i].issued;
    deaths += drivers[i].deaths;
  }
  cast().refresh();
  mute_log(false);
  auto echo = runtime::connect<interfaces::Echo>();
  const auto got = echo->call(interfaces::Echo::Words{.words = {1, 2, 3, 4, 5, 6, 7, 8}});
  report.check("others get on", got && got->words[7] == 8);
  const uint32_t left = free_pages();
  report.check("no page was lost", left == free_before, free_before - left);
  report.check("all calls were made", issued >= calls / 4 * 4);
  Line line;
  line << issued << " random system calls, " << deaths << " deaths of their callers";
  report.say(line.view());
  return report.end();
}

}  // namespace suite
