// A process that does what it must not dies alone, and the log says why.
#include <algorithm>
#include <cstring>
#include <utility>

#include "base/crc32.h"
#include "kernel/abi/statistics.h"
#include "kernel/core/calls.h"
#include "kernel/core/kernel.h"
#include "kernel/soc/soc.h"

namespace kernel {
namespace {
constexpr uint8_t kModule = base::module_number("kernel/core/fault.cc");

uint32_t crc_of(const abi::PanicRecord& record) {
  base::Crc32 crc;
  crc.add(std::as_bytes(std::span(&record, 1)).subspan(offsetof(abi::PanicRecord, why)));
  return crc.value();
}
}  // namespace

void Kernel::fault(Thread& self, const Fault& what) {
  Process& process = *self.process;
  ++total_faults;
  process.fault = what;
  process.last_context = self.context;
  trace_event(abi::TraceKind::kFault, &self, what.address);
  end_process(process, abi::EndReason::kFaulted);
}

void Kernel::broken(Thread& self, std::string_view what) {
  restart(self);  // the report names the svc itself
  fault(self, {.kind = "bad system call",
               .address = self.context.pc,
               .broken = what,
               .call = self.context.r[12],
               .argument = self.context.r[0]});
}

namespace {
void write_oldest(Log& log) {
  const std::string_view character = log.front().substr(0, 1);
  // A terminal is at the other end, not a console process.
  soc::emergency_write(character == "\n" ? "\r\n" : character);
  log.consume(1);
}
}  // namespace

void Kernel::drain_character() {
  if (soc::emergency_ready()) write_oldest(log);
}

void Kernel::drain_log() {
  while (!log.empty()) write_oldest(log);
}

void Kernel::wake_log_reader() {
  if (log_readers == 0) return wake_worker(0);
  if (Thread* waiter = std::exchange(log_waiter, nullptr)) make_ready(*waiter);  // it asks again
}

void Kernel::record_panic(std::string_view why, const Context* context, uint32_t fault_status,
                          uint32_t fault_address) {
  if (panic_record == nullptr) return;
  abi::PanicRecord& record = *panic_record;
  std::memset(static_cast<void*>(&record), 0,
              sizeof record);  // in place: the stack of a panic is small
  record.fault_status = fault_status;
  record.fault_address = fault_address;
  record.current = current ? current->identity : 0;
  record.time_ns = soc::now();
  why = why.substr(0, record.why.size() - 1);
  std::copy(why.begin(), why.end(), record.why.begin());
  if (context != nullptr) {
    record.r = context->r;
    record.pc = context->pc;
    record.status = context->status;
  }
  record.log_size = log.newest({record.log.data(), record.log.size()});
  record.crc = crc_of(record);
  record.magic = abi::PanicRecord::kMagic;
  arch::write_back(&record, sizeof record);
}

void Kernel::report_last_panic() {
  if (panic_record == nullptr || panic_record->magic != abi::PanicRecord::kMagic) return;
  if (panic_record->crc == crc_of(*panic_record)) {
    log.line("kernel: the last run ended in a panic: ",
             std::string_view(panic_record->why.data(), panic_record->why.size() - 1)
                 .substr(0, std::strlen(panic_record->why.data())),
             ", pc ", Hex{panic_record->pc}, ", address ", Hex{panic_record->fault_address});
  }
  panic_record->magic = 0;
  arch::write_back(panic_record, sizeof panic_record->magic);
}

namespace calls {

void log_read(Kernel& kernel, Thread& self) {
  if (kernel.log.empty()) {
    if (kernel.log_waiter != nullptr) return complete(self, FAIL(kBusy));
    self.state = ThreadState::kLog;
    kernel.log_waiter = &self;
    return restart(self);
  }
  uint32_t done = 0;
  const uint32_t most = std::min(self.context.r[1], uint32_t{kLogReadMost});
  for (unsigned piece = 0; piece < 2 && done < most; ++piece) {
    const std::string_view text = kernel.log.front().substr(0, most - done);
    if (!kernel.write_user(*self.process, self.context.r[0] + done, text)) {
      return kernel.broken(self, "log buffer");
    }
    kernel.log.consume(static_cast<uint32_t>(text.size()));
    done += text.size();
  }
  complete(self, kOk, done);
}

void crash_read(Kernel& kernel, Thread& self) {
  CrashRing& ring = kernel.crashes;
  if (self.context.r[0] % 8 != 0) return kernel.broken(self, "crash record buffer");
  if (ring.written == ring.read) {
    if (kernel.crash_waiter != nullptr) return complete(self, FAIL(kBusy));
    self.state = ThreadState::kCrash;
    kernel.crash_waiter = &self;
    return restart(self);
  }
  const abi::CrashRecord& record = ring.records[ring.read % kCrashRecords];
  const std::string_view bytes(reinterpret_cast<const char*>(&record), sizeof record);
  if (!kernel.write_user(*self.process, self.context.r[0], bytes)) {
    return kernel.broken(self, "crash record buffer");
  }
  ++ring.read;
  complete(self, kOk, ring.lost);
}

void statistics(Kernel& kernel, Thread& self) {
  auto& r = self.context.r;
  const uint32_t which = r[0], index = r[1];
  complete(self);
  switch (static_cast<abi::Statistics>(which)) {
    case abi::Statistics::kSystem: {
      r[1] = kernel.processes_alive;
      r[2] = kernel.threads_used;
      r[3] = kernel.unpromised;
      r[4] = kernel.frames_usable;
      r[5] = kernel.total_faults;
      r[6] = kernel.log.lost();
      r[7] = kernel.total_storms;
      return;
    }
    case abi::Statistics::kProcess: {
      if (index == 0 || index >= kMaxProcesses || kernel.processes[index].pid == 0) break;
      const Process& process = kernel.processes[index];
      r[1] = process.identity;
      r[2] = process.alive;
      r[3] = process.pages;
      r[4] = process.pages_limit;
      r[5] = process.thread_count;
      r[6] = process.messages;
      r[7] = process.connection_count - 1;
      r[8] = process.calls_made;
      for (const Thread* thread = process.threads; thread; thread = thread->peer_next) {
        r[8] += (thread->token - thread->born) / kTokenStep;
      }
      std::memcpy(&r[9], &process.restart, sizeof process.restart);
      return;
    }
    case abi::Statistics::kProcessName: {
      if (index == 0 || index >= kMaxProcesses || kernel.processes[index].pid == 0) break;
      std::memcpy(&r[1], kernel.processes[index].name.data(), kernel.processes[index].name.size());
      return;
    }
    case abi::Statistics::kThread: {
      if (index == 0 || index >= kMaxThreads) break;
      const Thread& thread = kernel.threads[index];
      if (thread.state == ThreadState::kFree) break;
      r[1] = thread.identity;
      r[2] = static_cast<uint32_t>(thread.state);
      r[3] = thread.priority;
      r[4] = thread.base_priority;
      r[5] = thread.loan.pages;
      return;
    }
    case abi::Statistics::kService: {
      if (index >= kernel.image.services.size()) break;
      const Server& server = kernel.servers[index];
      r[1] = server.owner ? server.owner->identity : 0;
      r[2] = server.pending;
      for (const Thread* list : {server.waiting, server.waiting_timed}) {
        for (const Thread* thread = list; thread; thread = thread->next) ++r[3];
      }
      return;
    }
  }
  complete(self, FAIL(kNotFound));
}

void power(Kernel& kernel, Thread& self) {
  const uint32_t how = self.context.r[0];
  const bool test = kernel.image_flags & abi::kImageTest;
  if (how > 2 || (how == 2 && !test)) return complete(self, FAIL(kInvalid));
  if (how == 2) return arch::panic("asked for");
  kernel.log.line("kernel: ", self.context.r[0] == 0 ? "reset" : "power off", " asked for by ",
                  std::string_view(self.process->name.data()));
  kernel.drain_log();
  self.context.r[0] == 0 ? soc::reset() : soc::power_off();
}

}  // namespace calls
}  // namespace kernel
