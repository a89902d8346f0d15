// Processes that hold keys: what stood in their floating-point registers is theirs again when they
// run, and nobody else's ever. That the registers are zeros meanwhile only a debugger can see:
// debugger/debugger_test.cc.
#include <optional>

#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "firmware/runtime/thread.h"
#include "tests/kernel/suite/subjects.h"

namespace suite {
namespace {

constexpr uint32_t kWords = 64;  // in 32 registers of 64 bits
constexpr uint32_t kRounds = 40;

/// What the subject finds in its registers.
bool holds(const Subject& subject, uint32_t seed) {
  const Answer seen = subject.act(Action::kLookFloats, seed);
  return seen.error.word == 0 && seen.words[0] == kWords;
}
bool holds_zeros(const Subject& subject, uint32_t seed) {
  const Answer seen = subject.act(Action::kLookFloats, seed);
  return seen.error.word == 0 && seen.words[0] == 0 && seen.words[1] == kWords;
}
bool fill(const Subject& subject, uint32_t seed) {
  return subject.act(Action::kFillFloats, seed).error.word == 0;
}

/// Uses its registers without end for a while, in the middle of whatever others do.
struct Spinner {
  const Subject* subject = nullptr;
  Answer answer{};
  void operator()() { answer = subject->act(Action::kCanaries, 10); }
};
constinit Spinner spinner{};

}  // namespace

uint32_t keys(interfaces::Printer& printer) {
  Report report(printer, "keys");
  cast().refresh();
  const Subject &holder = cast().keyholder, &never = cast().one, &own = cast().two,
                &other = cast().three;
  for (uint32_t round = 0; round < kRounds; ++round) {
    const uint32_t secret = 0x5ec0'0000 + round * 0x101, mine = 0x0bad'0000 + round * 0x101;
    report.check("another fills its registers", fill(own, mine));
    report.check("the holder fills its registers", fill(holder, secret));
    // The first process that runs has registers of its own, or none yet, by turns.
    if (round % 2) {
      report.check("another keeps its own", holds(own, mine));
      if (round == 1) report.check("who had none has zeros", holds_zeros(other, secret));
    } else {
      if (round == 0) report.check("who had none has zeros", holds_zeros(never, secret));
      report.check("another keeps its own", holds(own, mine));
    }
    report.check("the holder keeps its own", holds(holder, secret));
  }
  spinner.subject = &holder;
  auto thread =
      runtime::Thread::start(spinner, {.priority = kSuitePriority - 1, .stack_bytes = 4096});
  const Answer beside = own.act(Action::kCanaries, 10);
  const bool joined = thread && thread->join();
  report.check("a holder and another that interrupt each other keep theirs",
               joined && spinner.answer.error.word == 0 && beside.error.word == 0 &&
                   spinner.answer.words[1] == 0 && beside.words[1] == 0,
               spinner.answer.words[1] | beside.words[1]);
  report.check("the holder fills its registers", fill(holder, 0x5ec1'0000));
  report.check("it is killed",
               runtime::system_call(runtime::Syscall::kKill, holder.identity()).error == 0);
  report.check("another starts after it with zeros", [&] {
    runtime::system_call(runtime::Syscall::kKill, cast().four.identity());
    return cast().four.bury() && holds_zeros(cast().four, 0x5ec1'0000);
  }());
  report.check("it starts again with zeros",
               cast().keyholder.bury() && holds_zeros(holder, 0x5ec1'0000));
  Line line;
  line << kRounds << " times, a key holder's registers were its own and nobody else's";
  report.say(line.view());
  return report.end();
}

}  // namespace suite
