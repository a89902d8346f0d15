// One process takes all it can get of each resource, and then dies; a watchdog of the highest
// priority keeps its deadlines meanwhile, others still get theirs, and everything comes back.
#include "firmware/interfaces/echo.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "firmware/runtime/thread.h"
#include "tests/kernel/suite/subjects.h"

namespace suite {
namespace {

using namespace std::chrono_literals;
using runtime::Syscall;

constexpr std::string_view kNames[] = {"pages",    "page tables", "threads",
                                       "messages", "connections", "notifications",
                                       "sleepers", "loans",       "entries"};
static_assert(std::size(kNames) == static_cast<size_t>(Resource::kCount));

constexpr uint32_t kPeriodMicroseconds = 500;

/// Somebody else's share is untouched.
bool others_get_on() {
  auto echo = runtime::connect<interfaces::Echo>();
  const auto page = runtime::map(4096);
  if (page) runtime::unmap(*page);
  const auto got = echo->call(interfaces::Echo::Words{.words = {1, 2, 3, 4, 5, 6, 7, 8}});
  auto nothing = [] {};
  auto thread = runtime::Thread::start(nothing, {.priority = 1, .stack_bytes = 4096});
  return page && got && got->words[7] == 8 && thread && thread->join();
}

}  // namespace

uint32_t exhaustion(interfaces::Printer& printer) {
  Report report(printer, "exhaustion");
  cast().refresh();
  uint32_t worst = 0, runs = 0;
  others_get_on();  // what it needs for the first time, it keeps
  for (uint32_t i = 0; i < std::size(kNames); ++i) {
    const uint32_t free_before = free_pages();
    report.check("the watchdog runs",
                 cast().watchdog.act(Action::kWatch, kPeriodMicroseconds).error.word == 0);
    Subject& glutton = cast().two;
    const Answer opened = glutton.act(Action::kConnect, cast().one.service());
    const Answer had = glutton.act(Action::kExhaust, i, opened.words[0]);
    runtime::sleep(2ms);
    report.check("others get on", others_get_on());
    report.check("it is killed",
                 runtime::system_call(Syscall::kKill, glutton.identity()).error == 0);
    report.check("it starts again", glutton.bury().has_value());
    // The one that was flooded with loans has given everything back, or never had it.
    const Answer drained = cast().one.act(Action::kAnswer, 0);
    report.check("its peer lives", drained.error.word == 0, drained.error.word);
    const Answer watched = cast().watchdog.act(Action::kWatched);
    runtime::sleep(1ms);
    Line line;
    line << kNames[i] << ": " << had.words[0] << " had, ";
    if (had.words[1])
      line << "then error " << uint32_t{static_cast<uint8_t>(had.words[1])};
    else
      line << "no end";
    line << ", watchdog at most " << watched.words[1] / 1000 << " us late";
    report.say(line.view());
    report.check("it answered", had.error.word == 0, had.error.word);
    report.check("the watchdog was there", watched.words[0] > 0);
    report.check("no page was lost", free_pages() == free_before, free_before - free_pages());
    worst = std::max(worst, watched.words[1]);
    runs += watched.words[0];
  }
  Line line;
  line << "watchdog: " << runs << " deadlines, at most " << worst / 1000 << " us late";
  report.say(line.view());
  return report.end();
}

}  // namespace suite
