// offsets.h against the structures it speaks of.
#include "kernel/arch/armv7a/offsets.h"
#include "kernel/core/kernel.h"

// The log's members are private, which offsetof is allowed to mind and GCC does not.
#pragma GCC diagnostic ignored "-Winvalid-offsetof"

namespace kernel {

static_assert(offsetof(Thread, context) == 0 && offsetof(Context, pc) == THREAD_PC);
static_assert(offsetof(Context, status) == THREAD_PC + 4);
static_assert(offsetof(Thread, next) == THREAD_NEXT);
static_assert(offsetof(Thread, serving) == THREAD_SERVING);
static_assert(offsetof(Thread, served_by) == THREAD_SERVED_BY);
static_assert(offsetof(Thread, server) == THREAD_SERVER);
static_assert(offsetof(Thread, state) == THREAD_STATE);
static_assert(offsetof(Thread, priority) == THREAD_PRIORITY);
static_assert(offsetof(Thread, base_priority) == THREAD_BASE_PRIORITY);
static_assert(offsetof(Thread, holds_keys) == THREAD_HOLDS_KEYS);
// The entry code loads these as pairs.
static_assert(alignof(Thread) == 8 && THREAD_IDENTITY % 8 == 0 && THREAD_SPACE % 8 == 0);
static_assert(offsetof(Thread, identity) == THREAD_IDENTITY);
static_assert(offsetof(Thread, token) == THREAD_TOKEN && THREAD_TOKEN == THREAD_IDENTITY + 4);
static_assert(offsetof(Thread, space) == THREAD_SPACE);
static_assert(offsetof(Thread, process) == THREAD_PROCESS);
static_assert(offsetof(Thread, thread_pointer) == THREAD_POINTER);
static_assert(offsetof(Thread, floats) == THREAD_FLOATS && THREAD_FLOATS % 8 == 0);
static_assert(offsetof(FloatingPoint, status) == 32 * 8);
static_assert(static_cast<int>(ThreadState::kRunnable) == STATE_RUNNABLE);
static_assert(static_cast<int>(ThreadState::kReceiving) == STATE_RECEIVING);
static_assert(static_cast<int>(ThreadState::kAwaitingReply) == STATE_AWAITING_REPLY);

static_assert(offsetof(Connection, methods) == CONNECTION_METHODS);
static_assert(offsetof(Connection, server) == CONNECTION_SERVER);
static_assert(sizeof(Connection) == 1 << CONNECTION_SHIFT);
static_assert(offsetof(Process, connections) == 0);
static_assert(offsetof(Process, callable) == PROCESS_CALLABLE);
static_assert(offsetof(Process, syscalls) == PROCESS_SYSCALLS);

static_assert(offsetof(Server, waiting) == SERVER_WAITING);
static_assert(offsetof(Server, pending) == SERVER_PENDING);
static_assert(offsetof(Server, last_receiver) == SERVER_LAST_RECEIVER);

static_assert(offsetof(Kernel, ready) == KERNEL_READY);
static_assert(kTokenStep == TOKEN_STEP);
static_assert(static_cast<int>(abi::Syscall::kNull) == CALL_NULL);
static_assert(static_cast<int>(abi::Syscall::kCall) == CALL_CALL);
static_assert(static_cast<int>(abi::Syscall::kReplyReceive) == CALL_REPLY_RECEIVE);

}  // namespace kernel
