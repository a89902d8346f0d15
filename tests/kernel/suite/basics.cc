// What every program counts on: words, pages, rights, threads and turns.
#include <atomic>
#include <chrono>

#include "firmware/interfaces/echo.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "firmware/runtime/thread.h"
#include "firmware/services/probe/checks.h"
#include "tests/kernel/suite/suite.h"

namespace suite {
namespace {

using namespace std::chrono_literals;
using interfaces::Echo;
using runtime::Syscall;

/// Two threads that never give way must both get on while a third one sleeps.
bool turns() {
  struct Spinner {
    std::atomic<uint32_t>* stop;
    std::atomic<uint32_t> rounds = 0;
    void operator()() {
      while (!stop->load(std::memory_order_relaxed)) {
        rounds.store(rounds.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      }
    }
  };
  std::atomic<uint32_t> stop = 0;
  Spinner one{.stop = &stop}, two{.stop = &stop};
  auto first = runtime::Thread::start(one, {.priority = 3, .stack_bytes = 4096});
  auto second = runtime::Thread::start(two, {.priority = 3, .stack_bytes = 4096});
  runtime::sleep(60ms);
  stop = 1;
  if (!first || !second) return false;
  const bool joined = first->join().has_value() && second->join().has_value();
  const uint32_t a = one.rounds, b = two.rounds;
  return joined && a > 1000 && b > 1000 && a < 4 * b && b < 4 * a;
}

/// Registers that carry no result come back as 0, from the fast path and from the general one.
bool registers() {
  auto id = runtime::find_service("os/echo");
  if (!id) return false;
  const uint32_t handle = runtime::system_call(Syscall::kConnect, *id).r1;
  bool clean = true;
  for (const uint32_t opcode : {2u, 6u}) {  // words: answered; yield: denied
    uint32_t words[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const auto result = runtime::message_call(Syscall::kCall, handle, opcode, words);
    clean &= result.r1 == 0;
    for (uint32_t i = 0; i < 8; ++i) clean &= words[i] == (opcode == 2 ? i + 1 : 0);
  }
  const auto null = runtime::system_call(Syscall::kNull, 1, 2, 3, 4);
  return clean && null.error == 0 && null.r1 == 0 && null.r2 == 0 && null.r3 == 0;
}

bool many_calls() {
  auto echo = runtime::connect<Echo>();
  if (!echo) return false;
  for (uint32_t i = 0; i < 2000; ++i) {
    const std::array<uint32_t, 8> sent{i, i + 1, i + 2, i + 3, i + 4, i + 5, i + 6, i + 7};
    const auto got = echo->call(Echo::Words{.words = sent});
    if (!got || got->words != sent) return false;
  }
  return true;
}

}  // namespace

uint32_t basics(interfaces::Printer& printer) {
  Report report(printer, "basics");
  for (const auto& check : services::probe::checks())
    report.check(check.name, check.run().has_value());
  report.check("registers", registers());
  report.check("many calls", many_calls());
  report.check("turns", turns());
  return report.end();
}

}  // namespace suite
