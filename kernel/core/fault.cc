// A process that does what it must not dies alone, and the log says why.
#include <algorithm>
#include <cstring>

#include "kernel/abi/statistics.h"
#include "kernel/core/calls.h"
#include "kernel/core/kernel.h"
#include "kernel/soc/soc.h"

namespace kernel {
namespace {
constexpr uint8_t kModule = base::module_number("kernel/core/fault.cc");
constexpr unsigned kScanWords = 96;  // of the stack, for return addresses
constexpr unsigned kMostFrames = 6;

/// A word on the stack is taken for a return address when what stands before its target is a call.
bool is_return_address(Kernel& kernel, Process& process, uint32_t address) {
  uint32_t instruction = 0;
  if (address % 4 != 0 || address < abi::kImageBase + 4 ||
      !kernel.read_user_word(process, address - 4, instruction, arch::Access::kExecute)) {
    return false;
  }
  const bool is_bl = (instruction & 0x0f00'0000) == 0x0b00'0000;
  const bool is_blx = (instruction & 0x0fff'fff0) == 0x012f'ff30;
  return is_bl || is_blx;
}
}  // namespace

void Kernel::fault(Thread& self, const Fault& what) {
  Process& process = *self.process;
  const auto& r = self.context.r;
  ++total_faults;
  log.line("kernel: process ", std::string_view(process.name.data()), " (pid ", process.pid,
           ") died: ", what.kind, " at ", Hex{what.address}, ", pc ", Hex{self.context.pc}, ", sp ",
           Hex{r[13]}, ", lr ", Hex{r[14]});
  for (unsigned i = 0; i < 12; i += 4) {
    log.line("kernel:   r", i, " ", Hex{r[i]}, " ", Hex{r[i + 1]}, " ", Hex{r[i + 2]}, " ",
             Hex{r[i + 3]});
  }
  log.line("kernel:   r12 ", Hex{r[12]}, " cpsr ", Hex{self.context.status});
  unsigned frames = 0;
  if (is_return_address(*this, process, r[14])) {
    log.line("kernel:   called from ", Hex{r[14] - 4});
    ++frames;
  }
  for (unsigned i = 0; i < kScanWords && frames < kMostFrames; ++i) {
    uint32_t word = 0;
    if (!read_user_word(process, (r[13] & ~3u) + 4 * i, word)) break;
    if (word == r[14] || !is_return_address(*this, process, word)) continue;
    log.line("kernel:   called from ", Hex{word - 4});
    ++frames;
  }
  end_process(process);
  wake_log_reader();
}

void Kernel::broken(Thread& self, std::string_view what) {
  log.line("kernel: bad system call ", self.context.r[12], ": ", what, " (", Hex{self.context.r[0]},
           ")");
  restart(self);  // the report names the svc itself
  fault(self, {.kind = "bad system call", .address = self.context.pc});
}

void Kernel::drain_log() {
  while (!log.empty()) {
    const std::string_view piece = log.front();
    uint32_t length = 0;
    while (length < piece.size() && piece[length] != '\n') ++length;
    soc::emergency_write(piece.substr(0, length));
    const bool ends_line = length < piece.size();
    if (ends_line)
      soc::emergency_write("\r\n");  // a terminal is at the other end, not a console process
    log.consume(length + ends_line);
  }
}

void Kernel::wake_log_reader() {
  bool has_reader = false;
  for (Process& process : processes) {
    has_reader |= process.alive && process.syscalls & abi::mask_of(abi::Syscall::kLogRead);
  }
  if (!has_reader) return drain_log();
  for (Thread& thread : threads) {
    if (thread.state == ThreadState::kLog) make_ready(thread);  // it asks again
  }
}

namespace calls {

void log_read(Kernel& kernel, Thread& self) {
  if (kernel.log.empty()) {
    self.state = ThreadState::kLog;
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

void statistics(Kernel& kernel, Thread& self) {
  auto& r = self.context.r;
  const uint32_t which = r[0], index = r[1];
  complete(self);
  switch (static_cast<abi::Statistics>(which)) {
    case abi::Statistics::kSystem: {
      for (const Process& process : kernel.processes) r[1] += process.alive;
      for (const Thread& thread : kernel.threads) {
        r[2] += thread.state != ThreadState::kFree && thread.process != nullptr;
      }
      r[3] = kernel.unpromised;
      r[4] = kernel.frames_usable;
      r[5] = kernel.total_faults;
      r[6] = kernel.log.lost();
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
      if (index >= kernel.services.size()) break;
      const Server& server = kernel.servers[index];
      r[1] = server.owner ? server.owner->identity : 0;
      r[2] = server.pending;
      for (const Thread* thread = server.waiting; thread; thread = thread->next) ++r[3];
      return;
    }
  }
  complete(self, FAIL(kNotFound));
}

void power(Kernel& kernel, Thread& self) {
  kernel.log.line("kernel: ", self.context.r[0] == 0 ? "reset" : "power off", " asked for by ",
                  std::string_view(self.process->name.data()));
  kernel.drain_log();
  self.context.r[0] == 0 ? soc::reset() : soc::power_off();
}

}  // namespace calls
}  // namespace kernel
