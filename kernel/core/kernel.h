// The whole kernel: its pools, and what can be done with them. One instance, no locks: it runs with
// interrupts off, on one core, from an entry to the choice of the next thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/modules.h"
#include "base/result.h"
#include "kernel/abi/create.h"
#include "kernel/abi/trace.h"
#include "kernel/core/log.h"
#include "kernel/core/object.h"

namespace kernel {

using base::Error;
inline constexpr Error kOk{};

/// Who holds a frame of RAM. Owners below kMaxProcesses are pids.
struct Frame {
  static constexpr uint16_t kFree = 0xffff;
  static constexpr uint16_t kKernel = 0xfffe;  // the kernel, the image: never freed
  static constexpr uint16_t kOrphan = 0xfffd;  // its owner died while it was lent
  static constexpr uint8_t kMostLoans = 250;

  uint32_t next = 0;  // of a free one: index + 1
  uint16_t owner = kKernel;
  uint8_t loans = 0;      // loans that have it now; a mutable loan is alone
  bool writable = false;  // the owner may write it when no loan has it
};

/// Does what takes long, a piece at a time, as a thread that schedule() knows: ends processes and
/// takes pages back from servers whose callers gave up. Interrupts are taken between two pieces.
struct Worker {
  Thread thread{};
  Process* ending = nullptr;  // the first is being worked on
  Process* ending_last = nullptr;
  Thread* withdrawing = nullptr;  // linked by Thread::next and previous
  abi::CrashRecord record{};      // of `ending`
};

/// Records of ended processes that nobody has read.
struct CrashRing {
  std::array<abi::CrashRecord, kCrashRecords> records{};
  uint32_t written = 0, read = 0;  // count for ever
  uint32_t lost = 0;
};

/// What kTraceControl turns on.
struct Trace {
  bool on = false;
  std::array<abi::TraceEvent, kTraceEvents> events{};
  uint32_t written = 0, read = 0;
  uint32_t lost = 0;
  Thread* running = nullptr;  // who the last kSwitch said
};

/// The system image, its tables checked.
struct Image {
  std::span<const std::byte> bytes{};
  uint32_t physical = 0;
  std::span<const abi::ProcessEntry> processes{};
  std::span<const abi::Segment> segments{};
  std::span<const abi::Grant> grants{};
  std::span<const abi::ServiceEntry> services{};
};

struct Kernel {
  // The fast path reads this word: bit p is set while ready list p has threads.
  uint32_t ready = 0;
  /// Every message takes the general path. For tests that compare the two.
  bool general_path_only = false;

  struct ReadyList {
    Thread* first = nullptr;
    Thread* last = nullptr;
  };
  std::array<ReadyList, kPriorities> ready_lists{};
  Thread* current = nullptr;  // who entered the kernel
  /// Why schedule() may not be asked at once.
  enum Attention : uint32_t { kDying = 1, kUnsettled = 2, kTracing = 4 };
  uint32_t attention = 0;
  Process* dying = nullptr;     // its threads are to be taken off before anybody runs
  Thread* unsettled = nullptr;  // who may inherit another priority now; before anybody runs
  unsigned ticks_used = 0;      // of the present quantum
  uint32_t sleeping = 0;
  uint64_t tick_at = 0;   // 0: no tick is wanted
  uint64_t timer_at = 0;  // what the timer is set to; 0: nothing
  Trace trace;
  /// A heap by deadline: children of n (from 0) are 2n + 1 and 2n + 2.
  std::array<Thread*, kMaxThreads> sleepers{};

  Worker worker;
  std::array<Thread, kMaxThreads> threads{};
  Thread* free_threads = nullptr;
  std::array<Process, kMaxProcesses> processes{};
  std::array<Server, kMaxServers> servers{};  // by service id
  std::array<Message, kMaxMessages> messages{};
  Queued* free_messages = nullptr;
  std::array<Interrupt, kMaxInterrupts> interrupts{};

  std::span<Frame> frames{};
  uint32_t ram_base = 0;
  uint32_t free_frames = 0;  // head: index + 1
  uint32_t unpromised = 0;   // free frames that no reservation counts on
  uint32_t frames_usable = 0;

  Image image;
  uint32_t image_flags = 0;
  /// What created processes may do, by pid.
  std::array<std::array<abi::Grant, abi::kMostChildGrants>, kMaxProcesses> child_grants{};
  /// Physical address of what was set aside for devices, by pid.
  std::array<uint32_t, kMaxProcesses> dma_memory{};
  Random random;                                          // for the layouts of address spaces
  uint8_t child_cursor = 0;                               // the pid last given to a created process
  std::array<uint32_t, kMaxProcesses / 32> free_slots{};  // bit p % 32 of word p / 32: slot p
  uint32_t total_faults = 0;
  uint32_t total_storms = 0;
  uint32_t processes_alive = 0;
  uint32_t threads_used = 0;
  uint32_t log_readers = 0;        // processes alive that may read the log
  Thread* log_waiter = nullptr;    // in kLogRead
  Thread* crash_waiter = nullptr;  // in kCrashRead
  CrashRing crashes;
  abi::PanicRecord* panic_record = nullptr;  // in the last page of RAM
  Log log;

  // --- start.cc -------------------------------------------------------------------------------
  /// Puts every pool into its empty state.
  void reset();
  /// Declares RAM [base, base + frame_storage.size() pages), none of which may be used yet.
  void add_memory(uint32_t base, std::span<Frame> frame_storage);
  /// The whole pages of [from, to) may be used, the last of RAM excepted.
  void add_frames(uint32_t from, uint32_t to);
  /// Starts the processes of a checked image. `image` is where the kernel sees it; `physical` where
  /// it is. False, and a line in the log, when its tables do not make sense.
  [[nodiscard]] bool start_image(std::span<const std::byte> image, uint32_t physical);

  // --- dma.cc ----------------------------------------------------------------------------------
  /// Sets aside what the image's processes may have for devices. False: there is not enough RAM.
  [[nodiscard]] bool set_aside_dma();

  // --- create.cc ------------------------------------------------------------------------------
  /// Makes a new process of entry `index` of the image in its slot, which must be free. It has no
  /// memory yet.
  Process& open_image_process(uint32_t index);
  /// Does a piece of what `process` needs to run. `making` is kNot when its first thread is ready.
  /// Not kOk: it cannot be made, and the caller must end it.
  Error make_some(Process& process);
  /// A process has ended and all that it held is free: so is its slot now.
  void release_process(Process& process);
  /// Ends one that `process` created or was starting. False: there is none.
  bool end_child(Process& process);

  // --- scheduler.cc ---------------------------------------------------------------------------
  void make_ready(Thread& thread, bool first = false);
  void remove_ready(Thread& thread);
  void set_priority(Thread& thread, uint8_t priority);
  /// A caller of this priority joins or leaves a server's queue.
  static void count_queued(Server& server, uint8_t priority, bool comes);
  /// Who runs next; null: nobody can. `self`, if it can still run, keeps the processor unless
  /// somebody more urgent is ready.
  Thread* schedule(Thread* self);
  [[gnu::cold, gnu::noinline]] void start_tick();
  /// schedule(), with the worker's pieces done when it is their turn. What the entry code returns
  /// to.
  Thread* next_thread(Thread* self);
  [[gnu::cold, gnu::noinline]] Thread* next_thread_after_work(Thread* self);
  void sleep_until(Thread& thread, uint64_t deadline);
  void cancel_sleep(Thread& thread);
  void arm_timer();
  void place_sleeper(uint32_t index, Thread& thread);
  void sift_sleeper(uint32_t index, Thread& thread);
  void timer_expired(uint64_t now);
  /// Lends `priority` to `thread` and to those whom it waits for.
  void inherit(Thread* thread, uint8_t priority);
  /// Works out anew what `thread` inherits, and so on along the calls that it waits in: a few of
  /// them at once, the rest by settle_some() before anybody runs.
  void settle(Thread& thread, unsigned hops = kMostHops);
  void settle_later(Thread& thread, unsigned hops);
  void settle_some();
  /// `thread` ends.
  void forget_unsettled(Thread& thread);

  // --- message.cc -----------------------------------------------------------------------------
  Connection* find_connection(Thread& self, uint32_t handle);
  /// kCall and its variants. `limit`: nanoseconds; none: no deadline.
  void call(Thread& self, std::optional<uint64_t> limit);
  Server* find_server(Thread& self, uint32_t handle);
  void give_call(Thread& caller, Thread& receiver, Server& server);
  bool give_pending(Thread& receiver, Server& server);
  void enqueue(Server& server, Queued& item);
  void unqueue(Server& server, Queued& item);
  /// `limit`: nanoseconds, 0 for a try; none: for ever.
  void receive(Thread& self, Server& server, std::optional<uint64_t> limit);
  /// Ends `caller`'s call, the loan first, and makes it ready. `words`: eight, or null for zeros.
  void answer(Thread& caller, Error error, const uint32_t* words);
  /// The token that a server has for the call that `caller` awaits an answer to.
  static uint32_t token_given(const Thread& caller);
  Thread* find_caller(Thread& self, uint32_t token);
  bool reply(Thread& self, Server** server);
  /// The deadline of a thread in a call or a receive has come.
  void time_out(Thread& thread);
  /// Takes a thread out of a server's queue or waiting list.
  void leave_server(Thread& thread);
  void free_message(Message& message);
  /// Answers a few of those who wait for a server whose process died, from `cursor` on. True: all
  /// have been.
  bool answer_some(Server& server, uint32_t& cursor);

  // --- loan.cc --------------------------------------------------------------------------------
  /// Lends the range to `borrower`. kOk, or why not; `broken` is set when the caller broke the
  /// contract.
  [[gnu::noinline, gnu::flatten]] Error lend(Thread& lender, Process& borrower, uint32_t address,
                                             uint32_t bytes, bool mutably, bool& broken);
  void end_loan(Thread& lender) {
    if (lender.loan.pages != 0) take_loan_back(lender);
  }
  [[gnu::noinline, gnu::flatten]] void take_loan_back(Thread& lender);
  /// A dying lender's loan becomes a ghost.
  void leave_ghost(Thread& lender);
  /// Has the worker take the pages of a call that timed out back. `lender` is in kWithdrawing.
  void withdraw(Thread& lender);
  /// Takes the pages of a ghost from the borrower.
  void end_ghost(Thread& lender);
  /// Copies one page for the borrower and gives the lender its own back.
  void withdraw_page(Thread& lender);
  void stop_withdrawing(Thread& lender);
  void finish_withdrawal(Thread& lender);
  /// Gives the range to `receiver` for good, at `*arrival`. `slot`: where to look for room first;
  /// kBusy: none was found among the next few, whose end it is now.
  Error move(Thread& sender, Process& receiver, uint32_t address, uint32_t bytes, uint32_t* arrival,
             uint32_t& slot, bool& broken);

  // --- memory.cc ------------------------------------------------------------------------------
  Frame* frame_of(uint32_t physical);
  uint32_t physical_of(const Frame& frame) const;
  /// A frame for `owner`, zeroed unless all of it will be written at once, out of those promised.
  /// Never fails when something was promised.
  uint32_t take_frame(uint16_t owner, bool zeroed = true);
  void free_frame(Frame& frame);
  /// Counts `pages` frames to `process`. False: over its quota, or not there.
  [[nodiscard]] bool promise(Process& process, uint32_t pages);
  void unpromise(Process& process, uint32_t pages);
  /// Takes away what is mapped in the kClearSpan bytes from `address`, at most kClearsPerPiece
  /// pages. True: nothing is left there, and the table is given back if these were its last.
  bool clear_some(Process& process, uint32_t address);
  /// Whether `process` may give the page away for good: its own, writable, and not on loan.
  bool may_give_away(const Process& process, uint32_t address);
  /// Copies within user memory that `process` may write or read; false if it may not.
  [[nodiscard]] bool write_user(Process& process, uint32_t address, std::string_view bytes);
  [[nodiscard]] bool read_user(Process& process, uint32_t address, std::span<std::byte> out);
  [[nodiscard]] bool read_user_word(Process& process, uint32_t address, uint32_t& word,
                                    arch::Access need = arch::Access::kRead);

  // --- process.cc -----------------------------------------------------------------------------
  /// From here on `process` counts as alive.
  void begin_process(Process& process);
  Thread* new_thread(Process& process, uint32_t entry, uint32_t stack, uint32_t argument,
                     uint8_t priority);
  /// Its slot may be had again.
  void free_thread(Thread& thread);
  /// Takes the thread off every list. It stays kFree (kOrphan if it has a ghost) or kExited.
  void end_thread(Thread& thread, ThreadState state);
  /// Nothing of `process` runs any more when this has returned to the dispatcher; the rest is the
  /// worker's.
  void end_process(Process& process, abi::EndReason reason);
  void exit_thread(Thread& self, uint32_t value);

  // --- worker.cc ------------------------------------------------------------------------------
  /// One piece.
  void work();
  /// Lets the worker run if it has anything to do, at `priority` or what it has already: it keeps
  /// the highest until all is done, so that nobody urgent waits behind somebody else's work.
  void wake_worker(uint8_t priority);
  void end_some_threads(Process& process);

  // --- interrupt.cc ---------------------------------------------------------------------------
  /// Takes everything that is pending.
  void handle_interrupts();

  // --- fault.cc -------------------------------------------------------------------------------
  void fault(Thread& self, const Fault& fault);
  /// The process broke a system call's contract.
  [[gnu::cold, gnu::noinline]] void broken(Thread& self, std::string_view what);
  /// Writes the whole log out by itself, before a reset.
  void drain_log();
  /// As that, but at most one character, and only if the port takes it now: for when no console
  /// process lives.
  void drain_character();
  void wake_log_reader();
  /// Leaves a record in the last page of RAM for the next boot.
  void record_panic(std::string_view why, const Context* context, uint32_t fault_status,
                    uint32_t fault_address);
  /// Says so if the last run left one, and takes it away.
  void report_last_panic();

  // --- trace.cc -------------------------------------------------------------------------------
  void trace_event(abi::TraceKind kind, const Thread* thread, uint32_t value, uint8_t detail = 0) {
    if (trace.on) trace_slow(kind, thread, value, detail);
  }
  [[gnu::cold, gnu::noinline]] void trace_slow(abi::TraceKind kind, const Thread* thread,
                                               uint32_t value, uint8_t detail);

  // --- syscall.cc -----------------------------------------------------------------------------
  void system_call(Thread& self);
};

/// Ends a call: its results, everything else 0.
inline void complete(Thread& thread, Error error = kOk, uint32_t r1 = 0, uint32_t r2 = 0) {
  auto& r = thread.context.r;
  r[0] = error.word;
  r[1] = r1;
  r[2] = r2;
  for (unsigned i = 3; i < 10; ++i) r[i] = 0;
  r[12] = 0;
}

/// Makes the thread issue its call again when it next runs.
inline void restart(Thread& thread) {
  thread.context.pc -= 4;
}

/// Where the pages lent by thread `index` arrive in `borrower`.
constexpr uint32_t loan_address(const Process& borrower, unsigned index) {
  return borrower.layout.loans + index * kLoanStride;
}
/// Moved pages arrive behind them.
constexpr uint32_t move_base(const Process& process) {
  return loan_address(process, kMaxThreads);
}
constexpr uint32_t move_end(const Process& process) {
  return loan_address(process, kMaxThreads + kMoveSlots);
}

/// A time limit that never comes.
inline constexpr uint64_t kForEver = ~uint64_t{0};

constexpr uint32_t pages_in(uint32_t bytes) {
  return bytes / abi::kPageSize + (bytes % abi::kPageSize != 0);
}
constexpr bool page_aligned(uint32_t address) {
  return address % abi::kPageSize == 0;
}
/// [address, address + bytes) lies in [begin, end), without wrapping round.
constexpr bool lies_in(uint32_t address, uint32_t bytes, uint32_t begin, uint32_t end) {
  return address >= begin && address <= end && bytes <= end - address;
}

/// The one instance. The entry code knows it by this name.
extern "C" {
extern Kernel the_kernel;
}

}  // namespace kernel
