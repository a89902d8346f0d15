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

#include "kernel/abi/image.h"
#include "kernel/abi/layout.h"
#include "kernel/abi/message.h"
#include "kernel/abi/syscall.h"
#include "kernel/core/arch.h"
#include "kernel/core/limits.h"

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
  kExited,  // keeps its value for the one who joins
  kOrphan,  // died while a server had its pages: stays until the answer, to end the loan
  kFree,
};

/// An element of a server's queue: a caller that blocks, or a Message.
struct Queued {
  Queued* next = nullptr;
  Thread* caller = nullptr;  // null: this is a Message
};

/// Pages that travel with a blocking call. They stand in the borrower at loan_address(thread).
struct Loan {
  uint32_t address = 0;  // in the lender
  uint16_t pages = 0;    // 0: none
  bool mutably = false;
  uint8_t borrower = 0;  // pid
};

struct Thread {
  Context context{};
  Thread* next = nullptr;       // in a ready list or in server->waiting
  Thread* serving = nullptr;    // the caller that it owes an answer and has not put off
  Thread* served_by = nullptr;  // the other end of `serving`
  Server* server = nullptr;     // called, or received from
  uint32_t token = 0;           // of its present or next call; bits 0..9 are its index
  uint32_t identity = 0;        // of its process
  ThreadState state = ThreadState::kRunnable;  // Kernel::reset() makes it kFree
  uint8_t priority = 0;                        // with what it inherits
  uint8_t base_priority = 0;
  bool in_sleep_list = false;
  arch::SpaceRegisters space{};
  Process* process = nullptr;

  // From here on the fast path does not look.
  Thread* previous = nullptr;  // in a ready list
  Queued queued{};
  Loan loan{};
  uint64_t deadline = 0;
  Thread* sleep_next = nullptr;
  Thread* peer_next = nullptr;  // in its process's list of threads
  uint32_t waits_for = 0;       // futex address, thread handle, interrupt source, log buffer
  uint32_t value = 0;           // exit value; size of the log buffer
  uint32_t generation = 0;      // of the slot, part of the handle
  uint32_t progress = 0;        // pages done of a long call that is being restarted
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
  uint32_t faults = 0;
  std::array<Server*, kServersPerProcess> servers{};
  std::span<const abi::Grant> grants{};  // in the image
  std::array<uint32_t, kGrantsPerProcess>
      mapped_at{};  // where a grant's device range is; 0: nowhere
  std::array<char, 24> name{};
};

struct Interrupt {
  Thread* owner = nullptr;  // who claimed it
};

/// Handles say what they name, so one kind can never be taken for another.
inline constexpr uint32_t kServerTag = 0x100;
inline constexpr uint32_t kInterruptTag = 0x200;
/// In a ReplyToken: the call carries pages. Such a token never equals Thread::token, which keeps
/// the answer off the fast path.
inline constexpr uint32_t kTokenCarriesPages = 0x400;
inline constexpr uint32_t kTokenIndex = 0x3ff;
inline constexpr uint32_t kTokenStep = 0x800;
static_assert(kMaxThreads == kTokenIndex + 1);

}  // namespace kernel
