// System calls: numbers, registers, contracts. All that user code may assume about the kernel.
//
// `svc #0` with the number in r12. Arguments in r0 upwards; r0 returns an Error word (0: done), the
// other results follow from r1. r0-r9 and r12 are the call's; r10, r11, sp and lr are kept, unless
// a call says otherwise. Registers that carry no result come back as 0.
//
// The thread pointer (TPIDRURO) is the thread's own: kThreadCreate and kThreadPointer set it.
// TPIDRURW is not kept: it reads as 0 after a switch. VFP and NEON registers are the thread's own;
// their first use after another thread's costs an exception.
//
// Errors are refusals that a correct program may meet. A call that breaks its contract (a bad
// pointer, an unaligned range, a handle that was never given) is a bug: the process is faulted.
// A call that the process's manifest does not list in its mask returns kDenied.
#pragma once

#include <cstdint>

namespace kernel::abi {

enum class Syscall : uint32_t {
  /// Does nothing: the floor under every other figure.
  kNull = 0,
  /// Lets the next thread of this priority run.
  kYield = 1,
  /// Ends the process. r0: exit code, for the log.
  kExit = 2,

  /// Blocking message over a connection. r0: connection, r1: Info (kCall, kLend, kLendMut),
  /// r2-r9: words. For the lends words 0 and 1 (r2, r3) are the range: page-aligned address and
  /// length in bytes; whole pages travel, at most kMaxLendPages.
  /// Returns r0: Error of the server or the kernel, r2-r9: the reply's words.
  /// A mutable loan's pages cannot be reached by the lender until the answer; those lent for
  /// reading
  /// cannot be written by it either. What is on loan, of a device, or (mutably) not writable cannot
  /// be
  /// lent: a bug.
  /// kDenied: the method is not permitted. kNotFound: the server has died. kInvalid: no such method
  /// kind, or no bytes or too many. kNoMemory: the server's address space has no room. kTimeout is
  /// for the timed variants.
  kCall = 3,
  /// Queued message (kSend, kMove); same registers. kBusy: the sender has as many unread as it may
  /// (it is not parked). Moved pages must be the sender's own, from kMap or moved to it, and not on
  /// loan; they count for the receiver's quota. kNoMemory: it has no room for them.
  kSend = 4,
  /// Waits for a message on a server of this process. r0: server handle. A thread that has not
  /// answered the last call has put it off: it may be answered later, and lends no priority
  /// meanwhile.
  /// Returns r0: 0, r1: Info, r2-r9: words, r10: Identity of the sender, r11: ReplyToken (0: none).
  kReceive = 5,
  /// Answers one call, from any thread of the server's process. r0: ReplyToken, r1: Error word for
  /// the caller (0: done), r2-r9: words. Lent pages go back before the caller runs. kNotFound: the
  /// caller is gone (died or timed out).
  kReply = 6,
  /// kReply, then kReceive on the server the token came from, in one entry. r0: ReplyToken, r1:
  /// Error
  /// word, r2-r9: words. Returns as kReceive. kNotFound: the caller is gone; nothing was received.
  kReplyReceive = 7,
  /// As kReceive, but kBusy at once when nothing waits.
  kTryReceive = 8,
  /// As kCall, waiting at most r10:r11 (low, high) nanoseconds for the answer. All ones: for ever.
  /// 0: a
  /// try, which is kBusy, with nothing sent, unless a receiver waits; its answer is then waited
  /// for.
  /// kTimeout: the call never happened if it was not received; else the server's answer will meet
  /// kNotFound. Lent pages are the caller's again; a server that had received them keeps copies
  /// until it answers, and until then another loan of this thread is kBusy.
  kCallTimed = 9,

  /// Opens a service of the image's service table. r0: service id. Returns r1: connection handle,
  /// with the method mask of this process's manifest. kDenied: not in the manifest. kNotFound: no
  /// process serves it yet.
  kConnect = 10,
  /// Starts serving. r0: service id. Returns r1: server handle. kDenied: the manifest does not say
  /// that this process serves it, or denies it kReplyReceive. kBusy: already served.
  kServe = 11,
  /// As kReceive, waiting at most r1:r2 (low, high) nanoseconds. kTimeout.
  kReceiveTimed = 12,

  /// r0: entry, r1: stack pointer (top, 8-byte aligned), r2: argument (arrives in r0), r3: priority
  /// (0 lowest .. 31; not above the process's own limit), r4: its thread pointer. Returns r1:
  /// thread id.
  kThreadCreate = 16,
  /// Ends the calling thread. r0: value for kThreadJoin.
  kThreadExit = 17,
  /// r0: thread id. Returns r1: its exit value. kNotFound: no such thread of this process. kBusy:
  /// another thread joins it.
  kThreadJoin = 18,
  /// Sleeps while *r0 == r1, at most r2:r3 nanoseconds (all ones: for ever). r0 must be aligned.
  /// kBusy: the value differed. kTimeout.
  kFutexWait = 19,
  /// r0: address, r1: how many to wake. Returns r1: woken.
  kFutexWake = 20,
  /// Waits r0:r1 (low, high) nanoseconds.
  kSleep = 21,
  /// Returns r1:r2 (low, high): nanoseconds since the kernel started, monotonic.
  kClock = 22,
  /// r0: the calling thread's thread pointer (TPIDRURO) from now on.
  kThreadPointer = 23,

  /// Gives the process fresh, zeroed, writable pages. r0: page-aligned address in the process's
  /// free range or 0 for anywhere, r1: bytes. Returns r1: address. kNoMemory: quota, pool or page
  /// tables, or no room. kBusy: something is mapped there. kInvalid: no bytes, or more than the
  /// area has. One that is refused has mapped nothing. Room is looked for and pages are mapped in
  /// pieces, between which interrupts are taken.
  kMap = 24,
  /// Takes pages of kMap, or moved ones, away, and page tables that are then empty. r0: address,
  /// r1: bytes. kBusy: one is on loan; those before it are gone. Done in pieces, too.
  kUnmap = 25,
  /// Maps a device range of the manifest. r0: physical address, r1: bytes (as the manifest says).
  /// Returns r1: address. kDenied. kInvalid: the manifest's range does not begin with a page.
  /// kNoMemory: no page table.
  kMapDevice = 26,
  /// Gives the process pages for a device to reach: physically contiguous, zeroed, cacheable,
  /// outside the
  /// encrypted window. r0: bytes, at most what is left of the manifest's grant. Returns r1:
  /// address, r2:
  /// physical address. They stay until the process ends and are never lent mutably or moved.
  /// kDenied: no
  /// grant, or it is used up. kNoMemory: no room in the address space, or a server still reads what
  /// this process lent it of these pages before it was started again. kInvalid: no bytes. They are
  /// set aside at boot and do not count for the quota.
  kMapDma = 27,
  /// Cache maintenance on a range of kMapDma's, before a device reads (clean) and before the
  /// processor
  /// reads what a device wrote (invalidate). r0: address, r1: bytes. Lines that the range shares
  /// with
  /// others are cleaned too. Long ranges are done in pieces.
  kCacheClean = 28,
  kCacheInvalidate = 29,

  /// Claims an interrupt of the manifest for the calling thread. r0: source number. Returns r1:
  /// interrupt handle. It stays masked until the first kInterruptWait. kDenied. kBusy: claimed.
  kInterruptClaim = 32,
  /// Acknowledges the last delivery, unmasks, and waits for the next. r0: interrupt handle. kBusy:
  /// the
  /// source storms (kStormDeliveries within kStormNanoseconds); it stays masked until the next
  /// wait.
  kInterruptWait = 33,

  /// Sets bits r1 in the notification word of server r0 (a connection handle); wakes its receiver,
  /// who gets a message of Kind kSend, opcode 0, word 0 = the merged bits, from nobody (Identity
  /// 0).
  /// kDenied: bit 0 of the manifest's method mask, which is no method, is not set.
  kNotify = 34,

  /// Moves bytes of the kernel's log to a buffer. r0: address, r1: bytes; blocks until there is at
  /// least one. Returns r1: bytes moved. Only the console process
  /// has it. kBusy: another thread waits for it.
  kLogRead = 40,
  /// Numbers about the system. r0: which, r1: index. Returns r1.. as kernel/abi/statistics.h says.
  kStatistics = 41,
  /// Reboots (r0 = 0) or powers off (r0 = 1). Test images only: r0 = 2 panics.
  kPower = 42,
  /// r0 = 1 starts the trace (kernel/abi/trace.h) from empty, r0 = 0 stops it. While it is on,
  /// every
  /// message takes the general path.
  kTraceControl = 43,
  /// Moves the oldest trace events to a buffer. r0: address (8-byte aligned), r1: bytes. Returns
  /// r1:
  /// events moved, r2: events lost so far.
  kTraceRead = 44,

  /// Starts the process of entry r0 of the image's table. Returns r1: its Identity. kDenied: no
  /// kSupervise
  /// grant for it. kBusy: it is alive, or its end is not finished. kNotFound: no such entry, or it
  /// was ended while it started. kNoMemory.
  kProcessStart = 48,
  /// Makes a process from scratch. r0: address of a CreateArguments (kernel/abi/create.h). Returns
  /// r1: its
  /// Identity. It runs after kProcessRun. kDenied: more than the creator's manifest lets it pass
  /// on.
  /// kNoMemory: no process slot, or as many children as it may have. kInvalid: arguments that make
  /// no sense. kNotFound: it was ended while it was made.
  kProcessCreate = 49,
  /// Moves pages into a created process that does not run yet. r0: Identity, r1: address and r2:
  /// bytes here (as for a kMove message), r3: page-aligned address there, in its image area, with
  /// an Access of create.h in the low bits. kNotFound: no such child. kBusy: it runs, or something
  /// is mapped there. kInvalid: no bytes or too many. kNoMemory: the child's quota, or no page
  /// table.
  kProcessGive = 50,
  /// Starts a created process's first thread, with a stack of its own. r0: Identity, r1: entry
  /// address. kNotFound: no such child, or it was ended meanwhile. kBusy: it runs already.
  /// kInvalid:
  /// no code there. kNoMemory: its quota or the system have no stack, table or thread for it; it is
  /// ended.
  kProcessRun = 51,
  /// Ends a process that this one created or may supervise. r0: Identity. kNotFound: it has ended
  /// already
  /// (its slot may have another process by now).
  kKill = 52,
  /// Waits for the next end of a process and moves its CrashRecord (kernel/abi/crash.h) to r0
  /// (8-byte
  /// aligned). Returns r1: records lost so far. kBusy: another thread waits.
  kCrashRead = 53,

  kCount = 64,
};

/// The mask a manifest gives a process: bit n allows call n.
using SyscallMask = uint64_t;
constexpr SyscallMask mask_of(Syscall call) {
  return SyscallMask{1} << static_cast<unsigned>(call);
}

/// What every process may do: run, wait, talk to whom it may talk, use its own memory.
inline constexpr SyscallMask kOrdinary =
    mask_of(Syscall::kNull) | mask_of(Syscall::kYield) | mask_of(Syscall::kExit) |
    mask_of(Syscall::kCall) | mask_of(Syscall::kSend) | mask_of(Syscall::kReceive) |
    mask_of(Syscall::kReply) | mask_of(Syscall::kReplyReceive) | mask_of(Syscall::kTryReceive) |
    mask_of(Syscall::kConnect) | mask_of(Syscall::kServe) | mask_of(Syscall::kThreadCreate) |
    mask_of(Syscall::kThreadExit) | mask_of(Syscall::kThreadJoin) | mask_of(Syscall::kFutexWait) |
    mask_of(Syscall::kFutexWake) | mask_of(Syscall::kSleep) | mask_of(Syscall::kClock) |
    mask_of(Syscall::kMap) | mask_of(Syscall::kUnmap) | mask_of(Syscall::kNotify) |
    mask_of(Syscall::kCallTimed) | mask_of(Syscall::kReceiveTimed) |
    mask_of(Syscall::kThreadPointer);

/// An interrupt source that is delivered this often within this time storms.
inline constexpr unsigned kStormDeliveries = 256;
inline constexpr uint64_t kStormNanoseconds = 2'000'000;

}  // namespace kernel::abi
