// The whole kernel: its pools, and what can be done with them. One instance, no locks: it runs with
// interrupts off, on one core, from an entry to the choice of the next thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/modules.h"
#include "base/result.h"
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

/// What stopped a user thread.
struct Fault {
  std::string_view kind;
  uint32_t address = 0;  // that was reached for; of the instruction itself if it was none
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
  Thread* sleepers = nullptr;  // by deadline
  uint64_t tick_at = 0;        // 0: no tick is wanted
  uint64_t timer_at = 0;       // what the timer is set to; 0: nothing
  unsigned ticks_used = 0;     // of the present quantum
  Thread* current = nullptr;   // who entered the kernel

  std::array<Thread, kMaxThreads> threads{};
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

  std::span<const abi::ServiceEntry> services{};
  uint32_t image_flags = 0;
  uint32_t total_faults = 0;
  Log log;

  // --- start.cc -------------------------------------------------------------------------------
  /// Puts every pool into its empty state.
  void reset();
  /// Declares RAM [base, base + frame_storage.size() pages). Only [free_from, end) may be used.
  void add_memory(uint32_t base, std::span<Frame> frame_storage, uint32_t free_from);
  /// Starts the processes of a checked image. `image` is where the kernel sees it; `physical` where
  /// it is. False, and a line in the log, when its tables do not make sense.
  [[nodiscard]] bool start_image(std::span<const std::byte> image, uint32_t physical);

  // --- scheduler.cc ---------------------------------------------------------------------------
  void make_ready(Thread& thread, bool first = false);
  void remove_ready(Thread& thread);
  void set_priority(Thread& thread, uint8_t priority);
  /// Who runs next; null: nobody can. `self`, if it can still run, keeps the processor unless
  /// somebody more urgent is ready.
  Thread* schedule(Thread* self);
  void sleep_until(Thread& thread, uint64_t deadline);
  void cancel_sleep(Thread& thread);
  void timer_expired(uint64_t now);
  /// Lends `priority` to `thread` and to those whom it waits for.
  void inherit(Thread* thread, uint8_t priority);
  /// Works out anew what `thread` inherits.
  void settle(Thread& thread);

  // --- message.cc -----------------------------------------------------------------------------
  Connection* find_connection(Thread& self, uint32_t handle);
  Server* find_server(Thread& self, uint32_t handle);
  void give_call(Thread& caller, Thread& receiver, Server& server);
  bool give_pending(Thread& receiver, Server& server);
  void enqueue(Server& server, Queued& item);
  void receive(Thread& self, Server& server, bool may_block);
  /// Ends `caller`'s call, the loan first, and makes it ready. `words`: eight, or null for zeros.
  void answer(Thread& caller, Error error, const uint32_t* words);
  Thread* find_caller(Thread& self, uint32_t token);
  bool reply(Thread& self, Server** server);
  /// Takes a thread out of a server's queue or waiting list.
  void leave_server(Thread& thread);
  void free_message(Message& message);
  void serve_nobody(Server& server);  // its process died

  // --- loan.cc --------------------------------------------------------------------------------
  /// Lends the range to `borrower`. kOk, or why not; `broken` is set when the caller broke the
  /// contract.
  Error lend(Thread& lender, Process& borrower, uint32_t address, uint32_t bytes, bool mutably,
             bool& broken);
  void end_loan(Thread& lender);
  /// Gives the range to `receiver` for good, at `*arrival`.
  Error move(Thread& sender, Process& receiver, uint32_t address, uint32_t bytes, uint32_t* arrival,
             bool& broken);

  // --- memory.cc ------------------------------------------------------------------------------
  Frame* frame_of(uint32_t physical);
  uint32_t physical_of(const Frame& frame) const;
  /// A zeroed frame for `owner`, out of those promised. Never fails when something was promised.
  uint32_t take_frame(uint16_t owner);
  void free_frame(Frame& frame);
  /// Counts `pages` frames to `process`. False: over its quota, or not there.
  [[nodiscard]] bool promise(Process& process, uint32_t pages);
  void unpromise(Process& process, uint32_t pages);
  void clear_space(Process& process);
  /// Copies within user memory that `process` may write or read; false if it may not.
  [[nodiscard]] bool write_user(Process& process, uint32_t address, std::string_view bytes);
  [[nodiscard]] bool read_user_word(Process& process, uint32_t address, uint32_t& word,
                                    arch::Access need = arch::Access::kRead);

  // --- process.cc -----------------------------------------------------------------------------
  Thread* new_thread(Process& process, uint32_t entry, uint32_t stack, uint32_t argument,
                     uint8_t priority);
  /// Takes the thread off every list. It stays kFree, kExited or kOrphan.
  void end_thread(Thread& thread, ThreadState state);
  void end_process(Process& process);
  void exit_thread(Thread& self, uint32_t value);

  // --- interrupt.cc ---------------------------------------------------------------------------
  /// Takes everything that is pending.
  void handle_interrupts();

  // --- fault.cc -------------------------------------------------------------------------------
  void fault(Thread& self, const Fault& fault);
  /// The process broke a system call's contract.
  void broken(Thread& self, std::string_view what);
  /// When no console process lives, writes the log out by itself.
  void drain_log();
  void wake_log_reader();

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

constexpr uint32_t loan_address(unsigned thread_index) {
  return abi::kLoanBase + thread_index * kLoanStride;
}
inline constexpr uint32_t kMoveBase = loan_address(kMaxThreads);
inline constexpr uint32_t kMoveEnd = kMoveBase + kMoveSlots * kLoanStride;
static_assert(kMoveEnd <= abi::kLoanEnd);

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
