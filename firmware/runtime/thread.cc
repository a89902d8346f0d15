#include "firmware/runtime/thread.h"

#include <new>

#include "base/modules.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/program.h"
#include "firmware/runtime/syscall.h"

namespace runtime {
namespace {

constexpr uint8_t kModule = base::module_number("firmware/runtime/thread.cc");

/// At the top of a new thread's stack.
struct Start {
  Thread::Entry entry;
  void* context;
};
static_assert(sizeof(Start) % 8 == 0);
constexpr size_t kLeastStack = 512;  // beside the variables; a call or two

[[noreturn]] void begin(Start* start) {
  start->entry(start->context);
  for (;;) system_call(Syscall::kThreadExit, 0);
}

}  // namespace

base::Result<Thread> Thread::start(Entry entry, void* context, Options options) {
  // map() leaves a hole behind each range, and the range below this one ends in such a hole: that
  // is the guard page. (The first range begins at the heap's first page, below which nothing is.)
  const std::span<std::byte> stack = TRY(map(options.stack_bytes));
  if (stack.size() <
      size_of_block(runtime_tls_shape) + alignment_of_block(runtime_tls_shape) + kLeastStack) {
    unmap(stack);
    return FAIL(kInvalid);
  }
  const uintptr_t end = reinterpret_cast<uintptr_t>(stack.data()) + stack.size();
  const uintptr_t block = block_below(end, runtime_tls_shape);
  if (block != end) fill_block(reinterpret_cast<std::byte*>(block), runtime_tls_shape);
  auto* first = new (reinterpret_cast<void*>(block - sizeof(Start))) Start{entry, context};
  const Outcome outcome =
      system_call(Syscall::kThreadCreate, reinterpret_cast<uintptr_t>(&begin),
                  reinterpret_cast<uintptr_t>(first), reinterpret_cast<uintptr_t>(first),
                  options.priority, block != end ? block : 0);
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
