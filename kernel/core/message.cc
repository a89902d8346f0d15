// Messages between processes. The states of one call (docs/kernel.md draws them):
//
//   caller:  runs ──1 call, receiver waits──▶ awaiting reply ──3 answer──▶ runs
//              └──1' call, nobody waits──▶ queued ──2 received──▶ awaiting reply
//   either of them ──4 server dies──▶ runs, with kNotFound
//   awaiting reply, with pages lent ──5 caller's process dies──▶ orphan ──3 answer──▶ gone
//
// The fast path in arch/armv7a/entry.S takes 1 for a scalar and 3 with nothing pending, and leaves
// everything as give_call() and answer() would.
#include <cstring>

#include "kernel/core/calls.h"
#include "kernel/core/kernel.h"

namespace kernel {
namespace {
constexpr uint8_t kModule = base::module_number("kernel/core/message.cc");
constexpr unsigned kFirstWord = 2;  // words are r2..r9
constexpr size_t kWordBytes = abi::kMessageWords * sizeof(uint32_t);

void put_message(Thread& receiver, abi::Info info, const uint32_t* words, uint32_t sender,
                 uint32_t token) {
  auto& r = receiver.context.r;
  r[0] = 0;
  r[1] = info.bits;
  std::memcpy(&r[kFirstWord], words, kWordBytes);
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

Thread* take_waiting(Server& server) {
  Thread* receiver = server.waiting;
  if (receiver) {
    server.waiting = receiver->next;
    receiver->next = nullptr;
  }
  return receiver;
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
  const bool carries_pages = caller.loan.pages != 0;
  put_message(receiver, abi::Info{caller.context.r[1]}, &caller.context.r[kFirstWord],
              caller.identity, caller.token | (carries_pages ? kTokenCarriesPages : 0));
  caller.state = ThreadState::kAwaitingReply;
  caller.server = &server;
  caller.served_by = &receiver;
  receiver.serving = &caller;
  server.last_receiver = &receiver;
}

void Kernel::enqueue(Server& server, Queued& item) {
  item.next = nullptr;
  (server.first ? server.last->next : server.first) = &item;
  server.last = &item;
  ++server.pending;
}

bool Kernel::give_pending(Thread& receiver, Server& server) {
  if (server.events != 0) {
    put_events(receiver, server);
    server.last_receiver = &receiver;
    return true;
  }
  Queued* item = server.first;
  if (item == nullptr) return false;
  server.first = item->next;
  --server.pending;
  if (item->caller) {
    give_call(*item->caller, receiver, server);
  } else {
    auto& message = static_cast<Message&>(*item);
    put_message(receiver, message.info, message.words.data(), message.sender, 0);
    server.last_receiver = &receiver;
    free_message(message);
  }
  return true;
}

void Kernel::free_message(Message& message) {
  --processes[message.sender_pid].messages;
  message.next = free_messages;
  free_messages = &message;
}

void Kernel::receive(Thread& self, Server& server, bool may_block) {
  put_off(self);
  if (give_pending(self, server)) {
    settle(self);
  } else if (may_block) {
    self.state = ThreadState::kReceiving;
    self.server = &server;
    self.next = server.waiting;
    server.waiting = &self;
    self.priority = self.base_priority;
  } else {
    refuse_receive(self, FAIL(kBusy));
    settle(self);
  }
}

void Kernel::answer(Thread& caller, Error error, const uint32_t* words) {  // 3, 4
  end_loan(caller);
  caller.token += kTokenStep;
  if (caller.served_by) caller.served_by->serving = nullptr;
  caller.served_by = nullptr;
  complete(caller, error);
  if (words != nullptr) std::memcpy(&caller.context.r[kFirstWord], words, kWordBytes);
  make_ready(caller, true);
}

Thread* Kernel::find_caller(Thread& self, uint32_t token) {
  Thread& caller = threads[token & kTokenIndex];
  const bool waits =
      caller.state == ThreadState::kAwaitingReply || caller.state == ThreadState::kOrphan;
  const uint32_t valid = caller.token | (caller.loan.pages != 0 ? kTokenCarriesPages : 0);
  return waits && token == valid && caller.server->owner == self.process ? &caller : nullptr;
}

bool Kernel::reply(Thread& self, Server** server) {
  Thread* caller = find_caller(self, self.context.r[0]);
  if (caller == nullptr) return false;
  Thread* served_by = caller->served_by;
  *server = caller->server;
  const bool orphan = caller->state == ThreadState::kOrphan;
  if (orphan) {  // 5, then 3
    end_loan(*caller);
    if (served_by) served_by->serving = nullptr;
    end_thread(*caller, ThreadState::kFree);
  } else {
    answer(*caller, Error{self.context.r[1]}, &self.context.r[kFirstWord]);
  }
  if (served_by) settle(*served_by);
  return !orphan;
}

void Kernel::leave_server(Thread& thread) {
  Server& server = *thread.server;
  if (thread.state == ThreadState::kReceiving) {
    Thread** place = &server.waiting;
    while (*place != &thread) place = &(*place)->next;
    *place = thread.next;
    thread.next = nullptr;
  } else if (thread.state == ThreadState::kQueued) {
    Queued* before = nullptr;
    for (Queued* item = server.first; item != &thread.queued; item = item->next) before = item;
    (before ? before->next : server.first) = thread.queued.next;
    if (server.last == &thread.queued) server.last = before;
    --server.pending;
  }
}

void Kernel::serve_nobody(Server& server) {  // 4
  while (Queued* item = server.first) {
    server.first = item->next;
    --server.pending;
    if (item->caller) {
      answer(*item->caller, FAIL(kNotFound), nullptr);
    } else {
      free_message(static_cast<Message&>(*item));
    }
  }
  for (Thread& thread : threads) {
    if (thread.server != &server) continue;
    if (thread.state == ThreadState::kAwaitingReply) answer(thread, FAIL(kNotFound), nullptr);
    if (thread.state == ThreadState::kOrphan) {
      end_loan(thread);
      if (thread.served_by) thread.served_by->serving = nullptr;
      end_thread(thread, ThreadState::kFree);
    }
  }
  server.waiting = nullptr;
  server.pending = server.events = 0;
  server.last_receiver = nullptr;
  server.owner = nullptr;
}

namespace calls {

void call(Kernel& kernel, Thread& self) {
  Connection* connection = kernel.find_connection(self, self.context.r[0]);
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

  self.context.r[1] = info.bits;
  if (lends) {
    bool broken = false;
    const Error error = kernel.lend(self, *server.owner, self.context.r[2], self.context.r[3],
                                    info.kind() == abi::Kind::kLendMut, broken);
    if (broken) return kernel.broken(self, "range that cannot be lent");
    if (error != kOk) return complete(self, error);
    self.context.r[2] = loan_address(self.token & kTokenIndex);
  }
  if (Thread* receiver = take_waiting(server)) {
    kernel.give_call(self, *receiver, server);
    if (receiver->priority < self.priority) receiver->priority = self.priority;
    kernel.make_ready(*receiver, true);
    return;
  }
  self.state = ThreadState::kQueued;
  self.server = &server;
  self.queued.caller = &self;
  kernel.enqueue(server, self.queued);
  kernel.inherit(server.last_receiver, self.priority);
}

void send(Kernel& kernel, Thread& self) {
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
  const bool must_queue = server.waiting == nullptr;
  if (must_queue && (self.process->messages == kMessagesPerSender || !kernel.free_messages)) {
    return complete(self, FAIL(kBusy));
  }
  std::array<uint32_t, abi::kMessageWords> words;
  std::memcpy(words.data(), &self.context.r[kFirstWord], kWordBytes);
  if (moves) {
    bool broken = false;
    const Error error = kernel.move(self, *server.owner, words[0], words[1], &words[0], broken);
    if (broken) return kernel.broken(self, "range that cannot be moved");
    if (error != kOk) return complete(self, error);
  }
  complete(self);
  if (Thread* receiver = take_waiting(server)) {
    put_message(*receiver, info, words.data(), self.identity, 0);
    server.last_receiver = receiver;
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
  if (server.events == 0) ++server.pending;
  server.events |= bits;
  if (Thread* receiver = take_waiting(server)) {
    put_events(*receiver, server);
    server.last_receiver = receiver;
    kernel.make_ready(*receiver);
  }
}

void receive(Kernel& kernel, Thread& self) {
  if (Server* server = kernel.find_server(self, self.context.r[0])) {
    kernel.receive(self, *server, true);
  }
}

void try_receive(Kernel& kernel, Thread& self) {
  if (Server* server = kernel.find_server(self, self.context.r[0])) {
    kernel.receive(self, *server, false);
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
  kernel.receive(self, *server, true);
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
  if (server.owner != nullptr) return complete(self, FAIL(kBusy));
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
