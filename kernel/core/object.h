// The kernel's objects. Plain structures in fixed pools; kernel.h has what is done with them.
//
// All of it starts as zeros, so that the pools lie in .bss.
// The fast path (arch/armv7a/entry.S) reads and writes the fields that arch/armv7a/offsets.h lists;
// the order here keeps those of a thread in two cache lines behind its registers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernel/abi/crash.h"
#include "kernel/abi/image.h"
#include "kernel/abi/layout.h"
#include "kernel/abi/message.h"
#include "kernel/abi/syscall.h"
#include "kernel/core/arch.h"
#include "kernel/core/limits.h"
#include "kernel/core/space_layout.h"

namespace kernel {

struct Process;
struct Server;
struct Thread;

/// A user thread's registers while it is not running, in the order in which the entry code saves
/// them. A system call's number arrives in r[12].
struct Context {
  std::array<uint32_t, 15> r{};  // r13: sp, r14: lr
  uint32_t pc = 0;
  uint32_t status = 0;
};

enum class ThreadState : uint8_t {
  kRunnable = 0,   // running, or in a ready list
  kReceiving,      // in server->waiting
  kQueued,         // in server's queue: its call has not been received
  kAwaitingReply,  // its call was received
  kSleeping,
  kFutex,
  kJoining,
  kInterrupt,
  kLog,
  kExited,       // keeps its value for the one who joins
  kOrphan,       // dead, but a server still has its pages: stays until the answer, as a Ghost
  kWithdrawing,  // its call has timed out; the worker is taking its pages back
  kCrash,        // waits for a crash record
  kEnding,       // ran when its process died; the worker takes it off
  kFree,
};

/// An element of a server's queue: a caller that blocks, or a Message.
struct Queued {
  Queued* next = nullptr;
  Queued* previous = nullptr;
  Thread* caller = nullptr;  // null: this is a Message
};

/// Pages that travel with a blocking call. They stand in the borrower at loan_address(thread).
struct Loan {
  uint32_t address = 0;  // in the lender
  uint16_t pages = 0;    // 0: none
  bool mutably = false;
  uint8_t borrower = 0;  // pid
};

/// What a server still has of a loan whose lender died or gave up waiting: the pages of the
/// lender's slot, under the token of that call, until the server answers or dies.
struct Ghost {
  uint32_t token = 0;
  uint16_t pages = 0;  // 0: none
  uint8_t borrower = 0;
  Server* server = nullptr;
};

/// A thread's VFP and NEON registers. One that never used them has zeros.
struct FloatingPoint {
  std::array<uint64_t, 32> d{};
  uint32_t status = 0;  // FPSCR
};

struct Thread {
  Context context{};
  Thread* next = nullptr;       // in a ready list or in server->waiting
  Thread* serving = nullptr;    // the caller that it owes an answer and has not put off
  Thread* served_by = nullptr;  // the other end of `serving`
  Server* server = nullptr;     // called, or received from
  ThreadState state = ThreadState::kRunnable;  // Kernel::reset() makes it kFree
  uint8_t priority = 0;                        // with what it inherits
  uint8_t base_priority = 0;
  bool holds_keys = false;  // its floating point registers are cleared when another thread runs
  uint32_t identity = 0;    // of its process
  uint32_t token = 0;       // of its present or next call; bits 0..9 are its index
  arch::SpaceRegisters space{};
  Process* process = nullptr;
  uint32_t thread_pointer = 0;  // TPIDRURO

  // From here on the fast path does not look.
  Thread* previous = nullptr;  // in a ready list
  Queued queued{};
  Loan loan{};
  Ghost ghost{};
  uint64_t deadline = 0;
  uint32_t sleep_place = 0;     // in Kernel::sleepers, from 1; 0: has no deadline
  Thread* peer_next = nullptr;  // in its process's list of threads
  uint32_t waits_for = 0;       // futex address, thread handle, interrupt source, log buffer
  uint32_t value = 0;           // exit value
  uint32_t claims = 0;          // interrupts that it has claimed
  uint32_t born = 0;            // its first token
  uint32_t generation = 0;      // of the slot, part of the handle
  uint32_t progress = 0;        // pages done of a long call that is being restarted
  /// In Kernel::unsettled: what it inherits is to be worked out, along so many calls at most.
  unsigned hops = 0;
  Thread* unsettled_next = nullptr;
  FloatingPoint floats{};  // when it does not own the processor's
};

/// One permission to send, resolved when it was opened. Method n is allowed if bit n is set. Bit 0
/// of the manifest's mask, which is no method, stands for notifications.
struct Connection {
  std::array<uint32_t, 2> methods{};
  Server* server = nullptr;
  uint32_t may_notify = 0;
};

struct Message : Queued {
  abi::Info info{};
  std::array<uint32_t, abi::kMessageWords> words{};
  uint32_t sender = 0;  // identity
  uint8_t sender_pid = 0;
};

struct Server {
  Thread* waiting = nullptr;  // threads in kReceive; the last to come is the first to serve
  uint32_t pending = 0;       // elements in the queue, and one if `events` is not 0
  Thread* last_receiver = nullptr;
  Process* owner = nullptr;  // null: never served, or dead
  Queued* first = nullptr;
  Queued* last = nullptr;
  uint32_t events = 0;
  Thread* waiting_timed = nullptr;  // those in kReceiveTimed, whom the fast path must not serve
  bool closing = false;             // its process has died and not everybody has been told
  /// Bit p: callers of priority p are in the queue; and how many.
  uint32_t queued_priorities = 0;
  std::array<uint16_t, kPriorities> queued_at{};
};

/// What stopped a user thread.
struct Fault {
  std::string_view kind{};
  uint32_t address = 0;  // that was reached for; of the instruction itself if it was none
  /// Of a system call that broke its contract: how, and its number and first argument.
  std::string_view broken{};
  uint32_t call = 0, argument = 0;
};

/// How far the worker has got with the end of a process.
enum class Ending : uint8_t { kNot, kThreads, kServers, kBacktrace, kReport, kPages, kLast };

/// How far the making of a process has got. Who makes it may stop after each piece.
enum class Making : uint8_t {
  kNot,        // the slot is free, or its process has run
  kGrants,     // a created one, whose rights are being checked; it has no address space yet
  kLayout,     // has an address space; where things go in it is still to be drawn
  kSegments,   // of the image are being mapped
  kGiven,      // a created one: it can be given pages
  kStack,      // is being mapped
  kArguments,  // are next
};

struct Process {
  std::array<Connection, kConnectionsPerProcess> connections{};
  /// Handles below this may be called by the fast path: 0 while kCall is denied.
  uint32_t callable = 0;
  uint32_t connection_count = 0;  // handle 0 counts
  abi::SyscallMask syscalls = 0;
  uint8_t pid = 0;
  bool alive = false;
  uint8_t priority_limit = 0;
  uint8_t thread_count = 0;
  uint32_t generation = 0;
  uint32_t identity = 0;
  Thread* threads = nullptr;
  uint32_t pages = 0;        // frames held
  uint32_t pages_limit = 0;  // most frames it may hold
  uint32_t messages = 0;     // queued messages it has sent
  uint32_t heap_cursor = 0;
  uint32_t device_next = 0;
  uint32_t move_cursor = 0;
  Ending ending = Ending::kNot;
  abi::EndReason end_reason = abi::EndReason::kExited;
  uint32_t exit_code = 0;
  Fault fault{};
  Context last_context{};          // of the thread that faulted
  uint32_t end_cursor = 0;         // within a stage
  uint8_t end_priority = 0;        // the worker's while it ends this one
  Process* ending_next = nullptr;  // in the worker's list
  uint32_t calls_made = 0;         // by threads that are gone
  Making making = Making::kNot;
  Layout layout{};
  uint32_t image_base = 0;                   // lowest address of its program
  uint32_t entry = 0;                        // of the first thread
  uint32_t stack_pages = 0;                  // of the first thread
  uint32_t make_segment = 0, make_page = 0;  // what the next piece of `making` begins with
  uint32_t parent = 0;     // Identity of its creator, or of who is starting it; 0: the image's
  uint32_t dma_pages = 0;  // of its memory for devices that it has mapped
  uint32_t children = 0;   // slots that its children have
  uint32_t flags = 0;      // abi::ProcessFlags
  abi::Restart restart{};
  std::array<Server*, kServersPerProcess> servers{};
  std::span<const abi::Grant> grants{};  // in the image
  std::array<uint32_t, kGrantsPerProcess>
      mapped_at{};  // where a grant's device range is; 0: nowhere
  std::array<char, 24> name{};
};

struct Interrupt {
  Thread* owner = nullptr;  // who claimed it
  uint32_t deliveries = 0;  // modulo kStormDeliveries
  uint64_t since = 0;       // when `deliveries` was last 0
};

/// Handles say what they name, so one kind can never be taken for another.
inline constexpr uint32_t kServerTag = 0x100;
inline constexpr uint32_t kInterruptTag = 0x200;
/// In a ReplyToken: the call carries pages or has a deadline. Such a token never equals
/// Thread::token, which keeps the answer off the fast path.
inline constexpr uint32_t kTokenSpecial = 0x400;
inline constexpr uint32_t kTokenIndex = 0x3ff;
inline constexpr uint32_t kTokenStep = 0x800;
static_assert(kMaxThreads == kTokenIndex + 1);

}  // namespace kernel
