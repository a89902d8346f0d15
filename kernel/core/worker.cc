// What takes long, in pieces: the end of a process, and pages taken back from servers. The worker
// is a thread to the scheduler; between two of its pieces interrupts are taken, and whoever is more
// urgent runs.
#include <algorithm>
#include <cstring>

#include "kernel/core/kernel.h"
#include "kernel/soc/soc.h"

namespace kernel {
namespace {
constexpr unsigned kWordsPerPiece = 8;
constexpr unsigned kScanWords = 96;  // of the stack, for return addresses
constexpr unsigned kMegabytesPerPiece = 16;
constexpr uint32_t kMegabyte = 0x10'0000;

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

void begin_record(const Process& process, abi::CrashRecord& record) {
  record = {.identity = process.identity,
            .reason = process.end_reason,
            .exit_code = process.exit_code,
            .address = process.fault.address,
            .name = process.name,
            .time_ns = soc::now(),
            .image = process.image_base,
            .r = process.last_context.r,
            .pc = process.last_context.pc,
            .status = process.last_context.status};
  const std::string_view kind = process.fault.kind.substr(0, record.kind.size() - 1);
  std::copy(kind.begin(), kind.end(), record.kind.begin());
}

/// Looks at a few words of the stack. True: there is no more to look for.
bool trace_back(Kernel& kernel, Process& process, uint32_t& word, abi::CrashRecord& record) {
  const auto add = [&](uint32_t address) { record.backtrace[record.frames++] = address - 4; };
  const uint32_t link = record.r[14];
  if (word == 0 && is_return_address(kernel, process, link)) add(link);
  for (unsigned i = 0; i < kWordsPerPiece; ++i, ++word) {
    if (word == kScanWords || record.frames == record.backtrace.size()) return true;
    uint32_t value = 0;
    if (!kernel.read_user_word(process, (record.r[13] & ~3u) + 4 * word, value)) return true;
    if (value != link && is_return_address(kernel, process, value)) add(value);
  }
  return false;
}

/// Writes line `number` of the report. True: it was the last one.
bool report(Log& log, const Process& process, uint32_t number, const abi::CrashRecord& record) {
  const std::string_view name = process.name.data();
  if (process.end_reason != abi::EndReason::kFaulted) {
    if (process.end_reason == abi::EndReason::kKilled) {
      log.line("kernel: process ", name, " (pid ", process.pid, ") was killed");
    } else {
      log.line("kernel: process ", name, " (pid ", process.pid, ") exited with ",
               process.exit_code);
    }
    return true;
  }
  const auto& r = record.r;
  switch (number) {
    case 0:
      if (!process.fault.broken.empty()) {
        log.line("kernel: bad system call ", process.fault.call, ": ", process.fault.broken, " (",
                 Hex{process.fault.argument}, ")");
      }
      return false;
    case 1:
      log.line("kernel: process ", name, " (pid ", process.pid, ") died: ", process.fault.kind,
               " at ", Hex{record.address}, ", pc ", Hex{record.pc}, ", sp ", Hex{r[13]}, ", lr ",
               Hex{r[14]}, ", image ", Hex{record.image});
      return false;
    case 2:
    case 3:
    case 4: {
      const unsigned i = (number - 2) * 4;
      log.line("kernel:   r", i, " ", Hex{r[i]}, " ", Hex{r[i + 1]}, " ", Hex{r[i + 2]}, " ",
               Hex{r[i + 3]});
      return false;
    }
    case 5:
      log.line("kernel:   r12 ", Hex{r[12]}, " cpsr ", Hex{record.status});
      return record.frames == 0;
    default:
      log.line("kernel:   called from ", Hex{record.backtrace[number - 6]});
      return number - 5 == record.frames;
  }
}

void file_record(Kernel& kernel, const abi::CrashRecord& record) {
  CrashRing& ring = kernel.crashes;
  if (ring.written - ring.read == kCrashRecords) {
    ++ring.read;
    ++ring.lost;
  }
  ring.records[ring.written++ % kCrashRecords] = record;
  if (Thread* waiter = std::exchange(kernel.crash_waiter, nullptr)) kernel.make_ready(*waiter);
}

bool end_servers(Kernel& kernel, Process& process) {
  const uint32_t index = process.end_cursor / kMaxThreads;
  if (index == kServersPerProcess) return true;
  Server*& server = process.servers[index];
  uint32_t thread = process.end_cursor % kMaxThreads;
  const bool done = server == nullptr || kernel.answer_some(*server, thread);
  if (done) server = nullptr;
  process.end_cursor = done ? (index + 1) * kMaxThreads : index * kMaxThreads + thread;
  return false;
}

bool end_pages(Kernel& kernel, Process& process) {
  for (unsigned i = 0; i < kMegabytesPerPiece; ++i) {
    if (process.end_cursor >= abi::kUserEnd) return true;
    const uint32_t at = process.end_cursor;
    if (!arch::table_exists(process.pid, at)) {
      process.end_cursor = at + kMegabyte;
      continue;
    }
    if (kernel.clear_some(process, at)) process.end_cursor = at + kClearSpan;
    return false;
  }
  return false;
}

void end_piece(Kernel& kernel, Process& process) {
  Worker& worker = kernel.worker;
  const auto next = [&process](Ending stage) {
    process.ending = stage;
    process.end_cursor = 0;
  };
  switch (process.ending) {
    case Ending::kServers:
      if (!end_servers(kernel, process)) return;
      begin_record(process, worker.record);
      return next(process.end_reason == abi::EndReason::kFaulted ? Ending::kBacktrace
                                                                 : Ending::kReport);
    case Ending::kBacktrace:
      if (trace_back(kernel, process, process.end_cursor, worker.record)) next(Ending::kReport);
      return;
    case Ending::kReport:
      if (report(kernel.log, process, process.end_cursor++, worker.record)) next(Ending::kPages);
      return kernel.wake_log_reader();
    case Ending::kPages:
      if (end_pages(kernel, process)) next(Ending::kLast);
      return;
    default:
      if (kernel.end_child(process)) return;
      kernel.unpromise(process, process.pages);
      arch::space_close(process.pid);
      kernel.release_process(process);
      worker.ending = process.ending_next;
      process.ending_next = nullptr;
      next(Ending::kNot);
      kernel.trace_event(abi::TraceKind::kEnd, nullptr, process.identity);
      return file_record(kernel, worker.record);
  }
}

bool writes_log(const Kernel& kernel) {
  return kernel.log_readers == 0 && !kernel.log.empty();
}

bool has_work(const Kernel& kernel) {
  return kernel.worker.withdrawing || kernel.worker.ending || writes_log(kernel);
}
}  // namespace

void Kernel::wake_worker(uint8_t priority) {
  if (!has_work(*this)) return;
  Thread& thread = worker.thread;
  if (thread.state == ThreadState::kRunnable) {
    if (thread.priority < priority) set_priority(thread, priority);
    return;
  }
  thread.priority = thread.base_priority = priority;
  make_ready(thread);
}

void Kernel::work() {
  if (Thread* lender = worker.withdrawing) {
    withdraw_page(*lender);
  } else if (worker.ending) {
    end_piece(*this, *worker.ending);
  } else if (writes_log(*this)) {
    drain_character();
  }
  if (!has_work(*this)) {
    worker.thread.state = ThreadState::kFree;
  } else if (worker.withdrawing == nullptr && worker.ending == nullptr) {
    worker.thread.priority = worker.thread.base_priority = 0;  // only the log is left
  }
}

void Kernel::end_some_threads(Process& process) {
  for (unsigned i = 0; i < kThreadsPerPiece; ++i) {
    Thread* thread = process.threads;
    if (thread == nullptr) {
      process.ending = Ending::kServers;
      process.end_cursor = 0;
      dying = nullptr;
      attention &= ~uint32_t{kDying};
      return wake_worker(process.end_priority);
    }
    // Pages of a call that was not received come back at once, since nobody has seen them; and a
    // thread's interrupts are looked for among all. Either is a piece of its own.
    const bool lends = thread->loan.pages != 0 && thread->state == ThreadState::kQueued;
    const bool takes_long = lends || thread->claims != 0;
    if (takes_long && i != 0) return;
    process.end_priority = std::max(process.end_priority, thread->priority);
    end_thread(*thread, ThreadState::kFree);
    if (takes_long) return;
  }
}

}  // namespace kernel
