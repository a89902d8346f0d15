// A victim process. All victims run this program; which of them it is follows from which of the
// victims' services its manifest lets it serve.
#include "firmware/interfaces/victim.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/thread.h"
#include "kernel/abi/layout.h"

namespace {

using interfaces::Fault;

// What must not be executed, and what must not be written.
constinit uint32_t data_word = 0xe12fff1e;  // bx lr: were it executed, it would just return
extern "C" const uint32_t _start[];

// Assembly, because a compiler that sees what these do may leave it out.
void read_word(uint32_t address) {
  asm volatile("ldr %0, [%0]" : "+r"(address));
}
void write_word(uint32_t address) {
  asm volatile("str %0, [%0]" ::"r"(address) : "memory");
}

[[gnu::noinline]] uint32_t use_up_stack(uint32_t depth) {
  uint32_t room[64];
  asm volatile("" : "+r"(depth) : "r"(room) : "memory");
  if (depth == ~0u) return 0;  // never: the compiler would not have it endless
  return use_up_stack(depth + 1) + room[depth % 64];
}

struct Server {
  /// Returns only if the machine let it.
  base::Result<void> handle(const interfaces::Victim::Commit& request, ipc::Caller) {
    switch (TRY(request.fault.open())) {
      case Fault::kNull:
        read_word(0);
        break;
      case Fault::kWriteText:
        write_word(reinterpret_cast<uintptr_t>(_start));
        break;
      case Fault::kExecuteData:
        reinterpret_cast<void (*)()> (&data_word)();
        break;
      case Fault::kUndefined:
        asm volatile("udf #0x5eed");
        break;
      case Fault::kPrivileged:
        asm volatile("mrc p15, 0, r0, c1, c0, 0" ::: "r0");  // the system control register
        break;
      case Fault::kStack:
        return base::Error{use_up_stack(0)};
      case Fault::kKernel:
        write_word(kernel::abi::kUserEnd + 0x4000'0000);
        break;
      case Fault::kThreadStack: {
        auto recurse = [] { (void)use_up_stack(0); };
        auto thread = TRY(runtime::Thread::start(recurse, {.priority = 8, .stack_bytes = 8192}));
        return thread.join();
      }
      case Fault::kCount:
        break;
    }
    return {};
  }
};

}  // namespace

int process_main() {
  for (std::string_view name : interfaces::kVictimNames) {
    auto port = runtime::serve(name);
    if (!port) continue;  // another's, or not in this image
    Server server;
    return static_cast<int>(ipc::serve<interfaces::VictimNumber<0>>(*port, server).word);
  }
  return 1;
}
