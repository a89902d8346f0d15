// Messages between processes. The states of one call (docs/kernel.md draws them):
//
//   caller:  runs ──1 call, receiver waits──▶ awaiting reply ──3 answer──▶ runs
//              └──1' call, nobody waits──▶ queued ──2 received──▶ awaiting reply
//   either of them ──4 server dies──▶ runs, with kNotFound
//   either of them ──6 deadline──▶ runs, with kTimeout
//   awaiting reply, with pages lent ──5 caller's process dies──▶ orphan ──3 answer──▶ gone
//   awaiting reply, with pages lent ──6 deadline──▶ withdrawing ──7 pages copied──▶ runs, kTimeout
//
// After 5 and 6 the server keeps the pages, as a ghost, until it answers (and gets kNotFound) or
// dies.
//
// The fast path in arch/armv7a/entry.S takes 1 for a scalar and 3 with nothing pending, and leaves
// everything as give_call() and answer() would.
#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "kernel/core/calls.h"
#include "kernel/core/kernel.h"
#include "kernel/soc/soc.h"

namespace kernel {
namespace {
constexpr uint8_t kModule = base::module_number("kernel/core/message.cc");
constexpr unsigned kFirstWord = 2;  // words are r2..r9
constexpr size_t kWordBytes = abi::kMessageWords * sizeof(uint32_t);

/// Said to be aligned, it is done with load and store multiple and without a call.
void copy_words(uint32_t* to, const uint32_t* from) {
  constexpr size_t kAlign = alignof(uint32_t);
  std::memcpy(std::assume_aligned<kAlign>(to), std::assume_aligned<kAlign>(from), kWordBytes);
}

void put_message(Thread& receiver, abi::Info info, const uint32_t* words, uint32_t sender,
                 uint32_t token) {
  auto& r = receiver.context.r;
  r[0] = 0;
  r[1] = info.bits;
  copy_words(&r[kFirstWord], words);
  r[10] = sender;
  r[11] = token;
  r[12] = 0;
}

void put_events(Thread& receiver, Server& server) {
  const uint32_t words[abi::kMessageWords] = {server.events};
  server.events = 0;
  --server.pending;
  put_message(receiver, abi::Info::make(abi::Kind::kSend, 0), words, 0, 0);
}

/// The thread that gets the next message. One with a deadline only if there is no other: the fast
/// path does not know of deadlines.
Thread* take_waiting(Kernel& kernel, Server& server) {
  Thread** list = server.waiting ? &server.waiting : &server.waiting_timed;
  Thread* receiver = *list;
  if (receiver) {
    *list = receiver->next;
    receiver->next = nullptr;
    kernel.cancel_sleep(*receiver);
  }
  return receiver;
}

uint32_t service_of(const Kernel& kernel, const Server& server) {
  return static_cast<uint32_t>(&server - kernel.servers.data());
}

uint32_t index_of(const Thread* thread) {
  return thread ? thread->token & kTokenIndex : 0;
}

/// Nobody serves `caller`'s call any more.
void detach(Kernel& kernel, Thread& caller) {
  Thread* server_thread = caller.served_by;
  if (server_thread == nullptr) return;
  server_thread->serving = nullptr;
  caller.served_by = nullptr;
  kernel.settle(*server_thread);
}

/// A server that asks for the next message without having answered has put the last one off.
void put_off(Thread& self) {
  if (self.serving == nullptr) return;
  self.serving->served_by = nullptr;
  self.serving = nullptr;
}

void refuse_receive(Thread& self, Error error) {
  complete(self, error);
  self.context.r[10] = self.context.r[11] = 0;
}
}  // namespace

Connection* Kernel::find_connection(Thread& self, uint32_t handle) {
  if (handle != 0 && handle < self.process->connection_count) {
    return &self.process->connections[handle];
  }
  broken(self, "connection handle never given");
  return nullptr;
}

Server* Kernel::find_server(Thread& self, uint32_t handle) {
  const uint32_t index = handle ^ kServerTag;
  if (index < kServersPerProcess && self.process->servers[index]) {
    return self.process->servers[index];
  }
  broken(self, "server handle never given");
  return nullptr;
}

void Kernel::give_call(Thread& caller, Thread& receiver, Server& server) {  // 1, 2
  put_message(receiver, abi::Info{caller.context.r[1]}, &caller.context.r[kFirstWord],
              caller.identity, token_given(caller));
  caller.state = ThreadState::kAwaitingReply;
  caller.server = &server;
  caller.served_by = &receiver;
  receiver.serving = &caller;
  server.last_receiver = &receiver;
  trace_event(abi::TraceKind::kReceive, &receiver, index_of(&caller), caller.context.r[1]);
}

void Kernel::enqueue(Server& server, Queued& item) {
  item.next = nullptr;
  item.previous = server.last;
  (server.last ? server.last->next : server.first) = &item;
  server.last = &item;
  ++server.pending;
  if (item.caller) count_queued(server, item.caller->priority, true);
}

void Kernel::unqueue(Server& server, Queued& item) {
  (item.previous ? item.previous->next : server.first) = item.next;
  (item.next ? item.next->previous : server.last) = item.previous;
  item.next = item.previous = nullptr;
  --server.pending;
  if (item.caller) count_queued(server, item.caller->priority, false);
}

bool Kernel::give_pending(Thread& receiver, Server& server) {
  Queued* item = server.first;
  if (server.events == 0 && item == nullptr) return false;
  // Who is in the queue lends its priority to the last receiver, which is another from here on.
  Thread* before = std::exchange(server.last_receiver, &receiver);
  if (server.events != 0) {
    put_events(receiver, server);
  } else if (unqueue(server, *item); item->caller) {
    give_call(*item->caller, receiver, server);
  } else {
    auto& message = static_cast<Message&>(*item);
    put_message(receiver, message.info, message.words.data(), message.sender, 0);
    trace_event(abi::TraceKind::kReceive, &receiver, 0, message.info.opcode());
    free_message(message);
  }
  if (before && before != &receiver && before->priority != before->base_priority) settle(*before);
  return true;
}

void Kernel::free_message(Message& message) {
  --processes[message.sender_pid].messages;
  message.next = free_messages;
  free_messages = &message;
}

void Kernel::receive(Thread& self, Server& server, std::optional<uint64_t> limit) {
  put_off(self);
  if (give_pending(self, server)) return settle(self);
  if (limit == 0) {
    refuse_receive(self, FAIL(kBusy));
    return settle(self);
  }
  Thread*& list = limit ? server.waiting_timed : server.waiting;
  self.state = ThreadState::kReceiving;
  self.server = &server;
  self.next = list;
  list = &self;
  self.priority = self.base_priority;
  if (limit) sleep_until(self, soc::now() + std::min(*limit, kLongestSleep));
}

void Kernel::answer(Thread& caller, Error error, const uint32_t* words) {  // 3, 4
  trace_event(abi::TraceKind::kReply, caller.served_by, index_of(&caller),
              static_cast<uint8_t>(error.code()));
  end_loan(caller);
  cancel_sleep(caller);
  caller.token += kTokenStep;
  if (caller.served_by) caller.served_by->serving = nullptr;
  caller.served_by = nullptr;
  if (words != nullptr) {
    auto& r = caller.context.r;
    r[0] = error.word;
    r[1] = r[12] = 0;
    copy_words(&r[kFirstWord], words);
  } else {
    complete(caller, error);
  }
  make_ready(caller, true);
}

uint32_t Kernel::token_given(const Thread& caller) {
  return caller.token | (caller.loan.pages != 0 || caller.sleep_place != 0 ? kTokenSpecial : 0);
}

Thread* Kernel::find_caller(Thread& self, uint32_t token) {
  Thread& caller = threads[token & kTokenIndex];
  return caller.state == ThreadState::kAwaitingReply && token == token_given(caller) &&
                 caller.server->owner == self.process
             ? &caller
             : nullptr;
}

bool Kernel::reply(Thread& self, Server** server) {
  const uint32_t token = self.context.r[0];
  if (Thread* caller = find_caller(self, token)) {
    Thread* served_by = caller->served_by;
    *server = caller->server;
    answer(*caller, Error{self.context.r[1]}, &self.context.r[kFirstWord]);
    // It can only inherit less now; one that inherits nothing need not be looked at.
    if (served_by && served_by->priority != served_by->base_priority) settle(*served_by);
    return true;
  }
  Thread& gone = threads[token & kTokenIndex];
  if (gone.ghost.pages != 0 && gone.ghost.token == token &&
      gone.ghost.server->owner == self.process) {
    end_ghost(gone);
  }
  return false;
}

void Kernel::time_out(Thread& thread) {  // 6
  trace_event(abi::TraceKind::kTimeout, &thread, 0);
  switch (thread.state) {
    case ThreadState::kReceiving:
      leave_server(thread);
      refuse_receive(thread, FAIL(kTimeout));
      break;
    case ThreadState::kQueued:  // as if it had never been sent
      leave_server(thread);
      end_loan(thread);
      complete(thread, FAIL(kTimeout));
      break;
    case ThreadState::kAwaitingReply:
      if (thread.loan.pages != 0) {
        leave_ghost(thread);
        detach(*this, thread);
        thread.state = ThreadState::kWithdrawing;
        return withdraw(thread);
      }
      thread.token += kTokenStep;
      detach(*this, thread);
      complete(thread, FAIL(kTimeout));
      break;
    case ThreadState::kWithdrawing:  // there was no frame for a copy; again
      return withdraw(thread);
    default:
      complete(thread, thread.state == ThreadState::kSleeping ? kOk : FAIL(kTimeout));
  }
  make_ready(thread);
}

void Kernel::leave_server(Thread& thread) {
  Server& server = *thread.server;
  if (thread.state == ThreadState::kReceiving) {
    for (Thread** place : {&server.waiting, &server.waiting_timed}) {
      while (*place && *place != &thread) place = &(*place)->next;
      if (*place) *place = thread.next;
    }
    thread.next = nullptr;
  } else if (thread.state == ThreadState::kQueued) {
    unqueue(server, thread.queued);
    // In no list meanwhile: in a circle of callers settle() comes back to it.
    thread.state = ThreadState::kEnding;
    if (server.last_receiver) settle(*server.last_receiver);
  }
}

bool Kernel::answer_some(Server& server, uint32_t& cursor) {  // 4
  for (unsigned i = 0; i < kThreadsPerPiece; ++i) {
    Queued* item = server.first;
    if (item == nullptr) break;
    unqueue(server, *item);
    if (item->caller == nullptr) {
      free_message(static_cast<Message&>(*item));
      continue;
    }
    const bool lent = item->caller->loan.pages != 0;
    answer(*item->caller, FAIL(kNotFound), nullptr);
    if (lent) return false;
  }
  if (server.first != nullptr) return false;
  for (unsigned looked_at = 0, answered = 0; cursor < kMaxThreads; ++looked_at) {
    if (looked_at == kThreadsScanned || answered == kThreadsPerPiece) return false;
    Thread& thread = threads[cursor++];
    const bool awaits = thread.server == &server && thread.state == ThreadState::kAwaitingReply;
    const bool haunts = thread.ghost.pages != 0 && thread.ghost.server == &server;
    if (!awaits && !haunts) continue;
    const bool lent = haunts || thread.loan.pages != 0;
    if (awaits) answer(thread, FAIL(kNotFound), nullptr);
    if (haunts) end_ghost(thread);
    if (lent) return false;
    ++answered;
  }
  server.waiting = server.waiting_timed = nullptr;
  server.pending = server.events = 0;
  server.last_receiver = nullptr;
  server.closing = false;
  return true;
}

// Twice, so that the call without a limit, which is the usual one, pays nothing for the other.
[[gnu::always_inline]] inline void Kernel::call(Thread& self, std::optional<uint64_t> limit) {
  Connection* connection = find_connection(self, self.context.r[0]);
  if (connection == nullptr) return;
  const abi::Info info = abi::Info::make(abi::Info{self.context.r[1]}.kind(), self.context.r[1]);
  const bool lends = info.kind() == abi::Kind::kLend || info.kind() == abi::Kind::kLendMut;
  if (info.kind() != abi::Kind::kCall && !lends) return complete(self, FAIL(kInvalid));
  if (info.opcode() >= abi::kMaxMethods) return complete(self, FAIL(kInvalid));
  if (!(connection->methods[info.opcode() / 32] >> info.opcode() % 32 & 1)) {
    return complete(self, FAIL(kDenied));
  }
  Server& server = *connection->server;
  if (server.owner == nullptr) return complete(self, FAIL(kNotFound));
  if (limit == 0) {  // a try
    if (server.waiting == nullptr && server.waiting_timed == nullptr) {
      return complete(self, FAIL(kBusy));
    }
    limit = {};
  }
  if (lends) {
    if (self.ghost.pages != 0) return complete(self, FAIL(kBusy));
    bool broken = false;
    const Error error = lend(self, *server.owner, self.context.r[2], self.context.r[3],
                             info.kind() == abi::Kind::kLendMut, broken);
    if (broken) return this->broken(self, "range that cannot be lent");
    if (error != kOk) return complete(self, error);
    self.context.r[2] = loan_address(*server.owner, self.token & kTokenIndex);
  }
  self.context.r[1] = info.bits;
  trace_event(abi::TraceKind::kCall, &self, service_of(*this, server), info.opcode());
  if (limit) sleep_until(self, soc::now() + std::min(*limit, kLongestSleep));
  if (Thread* receiver = take_waiting(*this, server)) {
    give_call(self, *receiver, server);
    if (receiver->priority < self.priority) receiver->priority = self.priority;
    return make_ready(*receiver, true);
  }
  self.state = ThreadState::kQueued;
  self.server = &server;
  self.queued.caller = &self;
  enqueue(server, self.queued);
  inherit(server.last_receiver, self.priority);
}

namespace calls {

void call(Kernel& kernel, Thread& self) {
  kernel.call(self, {});
}

void call_timed(Kernel& kernel, Thread& self) {
  const uint64_t limit = uint64_t{self.context.r[11]} << 32 | self.context.r[10];
  kernel.call(self, limit == kForEver ? std::nullopt : std::optional(limit));
}

void send(Kernel& kernel, Thread& self) {
  uint32_t slot = std::exchange(self.progress, 0);  // of a move that looks for room
  Connection* connection = kernel.find_connection(self, self.context.r[0]);
  if (connection == nullptr) return;
  const abi::Info info = abi::Info::make(abi::Info{self.context.r[1]}.kind(), self.context.r[1]);
  const bool moves = info.kind() == abi::Kind::kMove;
  if (info.kind() != abi::Kind::kSend && !moves) return complete(self, FAIL(kInvalid));
  if (info.opcode() >= abi::kMaxMethods) return complete(self, FAIL(kInvalid));
  if (!(connection->methods[info.opcode() / 32] >> info.opcode() % 32 & 1)) {
    return complete(self, FAIL(kDenied));
  }
  Server& server = *connection->server;
  if (server.owner == nullptr) return complete(self, FAIL(kNotFound));
  const bool must_queue = server.waiting == nullptr && server.waiting_timed == nullptr;
  if (must_queue && (self.process->messages == kMessagesPerSender || !kernel.free_messages)) {
    return complete(self, FAIL(kBusy));
  }
  std::array<uint32_t, abi::kMessageWords> words;
  copy_words(words.data(), &self.context.r[kFirstWord]);
  if (moves) {
    bool broken = false;
    const Error error =
        kernel.move(self, *server.owner, words[0], words[1], &words[0], slot, broken);
    if (broken) return kernel.broken(self, "range that cannot be moved");
    if (error.word != 0 && error.code() == base::Code::kBusy) {
      self.progress = slot;
      return restart(self);
    }
    if (error != kOk) return complete(self, error);
  }
  complete(self);
  kernel.trace_event(abi::TraceKind::kSend, &self, service_of(kernel, server), info.opcode());
  if (Thread* receiver = take_waiting(kernel, server)) {
    put_message(*receiver, info, words.data(), self.identity, 0);
    server.last_receiver = receiver;
    kernel.trace_event(abi::TraceKind::kReceive, receiver, index_of(&self), info.opcode());
    return kernel.make_ready(*receiver);
  }
  auto& message = static_cast<Message&>(*kernel.free_messages);
  kernel.free_messages = message.next;
  ++self.process->messages;
  message.info = info;
  message.words = words;
  message.sender = self.identity;
  message.sender_pid = self.process->pid;
  kernel.enqueue(server, message);
}

void notify(Kernel& kernel, Thread& self) {
  Connection* connection = kernel.find_connection(self, self.context.r[0]);
  if (connection == nullptr) return;
  if (connection->may_notify == 0) return complete(self, FAIL(kDenied));
  Server& server = *connection->server;
  if (server.owner == nullptr) return complete(self, FAIL(kNotFound));
  const uint32_t bits = self.context.r[1];
  complete(self);
  if (bits == 0) return;
  kernel.trace_event(abi::TraceKind::kNotify, &self, service_of(kernel, server));
  if (server.events == 0) ++server.pending;
  server.events |= bits;
  if (Thread* receiver = take_waiting(kernel, server)) {
    put_events(*receiver, server);
    server.last_receiver = receiver;
    kernel.make_ready(*receiver);
  }
}

void receive(Kernel& kernel, Thread& self) {
  if (Server* server = kernel.find_server(self, self.context.r[0])) {
    kernel.receive(self, *server, {});
  }
}

void receive_timed(Kernel& kernel, Thread& self) {
  const uint64_t limit = uint64_t{self.context.r[2]} << 32 | self.context.r[1];
  if (Server* server = kernel.find_server(self, self.context.r[0])) {
    kernel.receive(self, *server, limit == kForEver ? std::nullopt : std::optional(limit));
  }
}

void try_receive(Kernel& kernel, Thread& self) {
  if (Server* server = kernel.find_server(self, self.context.r[0])) {
    kernel.receive(self, *server, 0);
  }
}

void reply(Kernel& kernel, Thread& self) {
  Server* server = nullptr;
  const bool done = kernel.reply(self, &server);
  complete(self, done ? kOk : FAIL(kNotFound));
}

void reply_receive(Kernel& kernel, Thread& self) {
  Server* server = nullptr;
  if (!kernel.reply(self, &server)) return refuse_receive(self, FAIL(kNotFound));
  kernel.receive(self, *server, {});
}

void connect(Kernel& kernel, Thread& self) {
  Process& process = *self.process;
  const uint32_t service = self.context.r[0];
  const abi::Grant* grant = nullptr;
  for (const abi::Grant& one : process.grants) {
    if (one.kind == abi::GrantKind::kConnect && one.a == service) grant = &one;
  }
  if (grant == nullptr) return complete(self, FAIL(kDenied));
  Server& server = kernel.servers[service];
  for (uint32_t i = 1; i < process.connection_count; ++i) {
    if (process.connections[i].server == &server) return complete(self, kOk, i);
  }
  if (server.owner == nullptr) return complete(self, FAIL(kNotFound));
  if (process.connection_count == kConnectionsPerProcess) return complete(self, FAIL(kNoMemory));
  const uint32_t handle = process.connection_count++;
  process.connections[handle] = {.methods = {static_cast<uint32_t>(grant->mask) & ~1u,
                                             static_cast<uint32_t>(grant->mask >> 32)},
                                 .server = &server,
                                 .may_notify = static_cast<uint32_t>(grant->mask) & 1};
  if (!kernel.general_path_only && process.syscalls & abi::mask_of(abi::Syscall::kCall)) {
    process.callable = process.connection_count;
  }
  complete(self, kOk, handle);
}

void serve(Kernel& kernel, Thread& self) {
  Process& process = *self.process;
  const uint32_t service = self.context.r[0];
  bool granted = false;
  for (const abi::Grant& grant : process.grants) {
    granted |= grant.kind == abi::GrantKind::kServe && grant.a == service;
  }
  // Who was never allowed to answer and receive in one does not get near the fast path that does.
  granted &= (process.syscalls & abi::mask_of(abi::Syscall::kReplyReceive)) != 0;
  if (!granted) return complete(self, FAIL(kDenied));
  Server& server = kernel.servers[service];
  if (server.owner != nullptr || server.closing) return complete(self, FAIL(kBusy));
  for (uint32_t i = 0; i < kServersPerProcess; ++i) {
    if (process.servers[i] != nullptr) continue;
    process.servers[i] = &server;
    server.owner = &process;
    return complete(self, kOk, kServerTag | i);
  }
  complete(self, FAIL(kNoMemory));
}

}  // namespace calls
}  // namespace kernel
