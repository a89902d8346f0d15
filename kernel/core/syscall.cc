// From a system call's number to its function.
#include "kernel/core/calls.h"
#include "kernel/core/kernel.h"

namespace kernel {
namespace {
constexpr uint8_t kModule = base::module_number("kernel/core/syscall.cc");

void no_such_call(Kernel& kernel, Thread& self) {
  kernel.broken(self, "no such call");
}

bool permitted(const Process& process, uint32_t number) {
  const auto half = static_cast<uint32_t>(number < 32 ? process.syscalls : process.syscalls >> 32);
  return half >> number % 32 & 1;
}

constexpr auto kCalls = [] {
  using abi::Syscall;
  std::array<calls::Call, static_cast<size_t>(Syscall::kCount)> table{};
  table.fill(no_such_call);
  const auto set = [&](Syscall number, calls::Call call) {
    table[static_cast<size_t>(number)] = call;
  };
  set(Syscall::kNull, calls::null);
  set(Syscall::kYield, calls::yield);
  set(Syscall::kExit, calls::exit);
  set(Syscall::kCall, calls::call);
  set(Syscall::kSend, calls::send);
  set(Syscall::kReceive, calls::receive);
  set(Syscall::kReply, calls::reply);
  set(Syscall::kReplyReceive, calls::reply_receive);
  set(Syscall::kTryReceive, calls::try_receive);
  set(Syscall::kConnect, calls::connect);
  set(Syscall::kServe, calls::serve);
  set(Syscall::kThreadCreate, calls::thread_create);
  set(Syscall::kThreadPointer, calls::thread_pointer);
  set(Syscall::kThreadExit, calls::thread_exit);
  set(Syscall::kThreadJoin, calls::thread_join);
  set(Syscall::kFutexWait, calls::futex_wait);
  set(Syscall::kFutexWake, calls::futex_wake);
  set(Syscall::kSleep, calls::sleep);
  set(Syscall::kClock, calls::clock);
  set(Syscall::kMap, calls::map);
  set(Syscall::kUnmap, calls::unmap);
  set(Syscall::kMapDevice, calls::map_device);
  set(Syscall::kInterruptClaim, calls::interrupt_claim);
  set(Syscall::kInterruptWait, calls::interrupt_wait);
  set(Syscall::kNotify, calls::notify);
  set(Syscall::kLogRead, calls::log_read);
  set(Syscall::kStatistics, calls::statistics);
  set(Syscall::kPower, calls::power);
  set(Syscall::kCallTimed, calls::call_timed);
  set(Syscall::kReceiveTimed, calls::receive_timed);
  set(Syscall::kTraceControl, calls::trace_control);
  set(Syscall::kTraceRead, calls::trace_read);
  set(Syscall::kKill, calls::kill);
  set(Syscall::kCrashRead, calls::crash_read);
  set(Syscall::kMapDma, calls::map_dma);
  set(Syscall::kCacheClean, calls::cache_clean);
  set(Syscall::kCacheInvalidate, calls::cache_invalidate);
  set(Syscall::kProcessStart, calls::process_start);
  set(Syscall::kProcessCreate, calls::process_create);
  set(Syscall::kProcessGive, calls::process_give);
  set(Syscall::kProcessRun, calls::process_run);
  return table;
}();
}  // namespace

void Kernel::system_call(Thread& self) {
  current = &self;
  const uint32_t number = self.context.r[12];
  if (number >= kCalls.size()) return no_such_call(*this, self);
  if (!permitted(*self.process, number)) return complete(self, FAIL(kDenied));
  kCalls[number](*this, self);
}

void calls::null(Kernel&, Thread& self) {
  complete(self);
}

}  // namespace kernel
