// One of each kind of fault.
#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "kernel/abi/layout.h"
#include "tests/kernel/subject/subject.h"

namespace subject {
namespace {

using runtime::Syscall;
using suite::Misdeed;

constinit uint32_t data_words[2] = {0xe12fff1e, 0xe12fff1e};  // bx lr, were it executed

constexpr uint32_t kKernel = kernel::abi::kUserEnd + 0x4000'0000;

[[gnu::noinline]] uint32_t use_up_stack(uint32_t depth) {
  uint32_t room[64];
  asm volatile("" : "+r"(depth) : "r"(room) : "memory");
  if (depth == ~0u) return 0;  // never: the compiler would not have it endless
  return use_up_stack(depth + 1) + room[depth % 64];
}

uint32_t unaligned() {
  return reinterpret_cast<uintptr_t>(data_words) + 1;
}

}  // namespace

// Assembly, because a compiler that sees what these do may leave it out.
void misbehave(Misdeed misdeed, uint32_t device) {
  switch (misdeed) {
    case Misdeed::kReadNull:
      probe_read(0);
      break;
    case Misdeed::kWriteText:
      probe_write(reinterpret_cast<uintptr_t>(&just_return), 0);
      break;
    case Misdeed::kExecuteData:
      probe_execute(reinterpret_cast<uintptr_t>(data_words));
      break;
    case Misdeed::kUndefined:
      asm volatile("udf #0x5eed");
      break;
    case Misdeed::kPrivileged:
      asm volatile("mrc p15, 0, r0, c1, c0, 0" ::: "r0");  // the system control register
      break;
    case Misdeed::kStackOverflow:
      use_up_stack(0);
      break;
    case Misdeed::kWriteKernel:
      probe_write(kKernel, 0);
      break;
    case Misdeed::kReadKernel:
      probe_read(kKernel);
      break;
    case Misdeed::kExecuteKernel:
      probe_execute(kKernel);
      break;
    case Misdeed::kExecuteNothing:
      probe_execute(0x0000'8000);
      break;
    case Misdeed::kUnalignedPair:
      asm volatile("ldrd r2, r3, [%0]" ::"r"(unaligned()) : "r2", "r3");
      break;
    case Misdeed::kUnalignedExclusive:
      asm volatile("ldrex r2, [%0]" ::"r"(unaligned()) : "r2");
      break;
    case Misdeed::kBreakpoint:
      asm volatile("bkpt #7");
      break;
    case Misdeed::kUnknownCall:
      runtime::system_call(static_cast<Syscall>(0x4000'0000));
      break;
    case Misdeed::kStaleHandle:
      runtime::system_call(Syscall::kNotify, 31, 1);
      break;
    case Misdeed::kWrongKindOfHandle:
      runtime::system_call(Syscall::kReceive, 1);
      break;
    case Misdeed::kBadPointer:
      runtime::system_call(Syscall::kFutexWait, kKernel, 0, 0, 0);
      break;
    case Misdeed::kCoprocessor:
      asm volatile("mrc p14, 0, r0, c0, c1, 0" ::: "r0");  // the debug status
      asm volatile("mcr p15, 0, r0, c7, c5, 0" ::: "r0");  // invalidates an instruction cache
      break;
    case Misdeed::kThumbUndefined:
      thumb_undefined();
      break;
    case Misdeed::kBadStackCall:
      call_without_stack();
      break;
    case Misdeed::kReadBus:
      probe_read(device);
      break;
    case Misdeed::kWriteBus:
      probe_write(device, 0);
      asm volatile("dsb" ::: "memory");  // an error that comes later comes here
      break;
    case Misdeed::kCount:
      break;
  }
  runtime::exit(0x5ab07a6e);  // the machine let it
}

}  // namespace subject
