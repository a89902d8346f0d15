#include "firmware/runtime/thread.h"

#include <new>

#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"

namespace runtime {
namespace {

/// At the top of a new thread's stack.
struct Start {
  Thread::Entry entry;
  void* context;
};
static_assert(sizeof(Start) % 8 == 0);

[[noreturn]] void begin(Start* start) {
  start->entry(start->context);
  for (;;) system_call(Syscall::kThreadExit, 0);
}

}  // namespace

base::Result<Thread> Thread::start(Entry entry, void* context, Options options) {
  // map() leaves a hole behind each range, and the range below this one ends in such a hole: that
  // is the guard page. (The first range begins at the heap's first page, below which nothing is.)
  const std::span<std::byte> stack = TRY(map(options.stack_bytes));
  std::byte* top = stack.data() + stack.size() - sizeof(Start);
  auto* first = new (top) Start{entry, context};
  const Outcome outcome = system_call(Syscall::kThreadCreate, reinterpret_cast<uintptr_t>(&begin),
                                      reinterpret_cast<uintptr_t>(top),
                                      reinterpret_cast<uintptr_t>(first), options.priority);
  if (outcome.error) {
    unmap(stack);
    return base::Error{outcome.error};
  }
  return Thread(outcome.r1, stack);
}

base::Result<void> Thread::join() {
  const Outcome outcome = system_call(Syscall::kThreadJoin, id_);
  if (outcome.error == 0) unmap(stack_);
  return base::Error{outcome.error};
}

}  // namespace runtime
