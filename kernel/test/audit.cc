// What must hold between any two entries into the kernel.
#include "kernel/test/audit.h"

#include <algorithm>
#include <map>
#include <set>

namespace kernel::test {
namespace {

class Auditor {
 public:
  Auditor(const World& world, Findings& findings)
      : kernel_(world.kernel), past_(world.past), findings_(findings) {}

  void run() {
    ready_lists();
    threads();
    servers();
    messages();
    sleepers();
    waiters();
    worker();
    rings();
  }

 private:
  template <class... Args>
  void check(Args&&... args) {
    findings_.check(std::forward<Args>(args)...);
  }

  void ready_lists() {
    std::set<const Thread*> listed;
    for (unsigned p = 0; p < kPriorities; ++p) {
      const Thread* before = nullptr;
      for (const Thread* t = kernel_.ready_lists[p].first; t; before = t, t = t->next) {
        if (t == &kernel_.worker.thread) continue;
        check(t->state == ThreadState::kRunnable, *t, " is ready and blocked");
        check(t->priority == p, *t, " is in another priority's list");
        check(t->previous == before, *t, ": ready list broken");
        check(t != kernel_.current, *t, " is ready and running");
        if (!listed.insert(t).second) return;  // a circle: its links have been found wrong
      }
      check(kernel_.ready_lists[p].last == before, "ready list's end");
      check((kernel_.ready >> p & 1) == (before != nullptr), "ready bitmap");
    }
    for (const Thread& t : kernel_.threads) {
      if (t.state != ThreadState::kRunnable || &t == kernel_.current) continue;
      check(listed.contains(&t), t, " can run and is in no list");
    }
    const Thread* current = kernel_.current;
    check(!current || current->state == ThreadState::kRunnable, "the running thread is blocked");
    check(!current || kernel_.ready >> current->priority >> 1 == 0,
          "a more urgent thread waits for the processor");
    check(current || kernel_.ready == 0, "the processor idles while a thread is ready");
    const bool has_peers = current && kernel_.ready >> current->priority & 1;
    check(!has_peers || kernel_.tick_at != 0, "nobody will end the running thread's turn");
  }

  /// The priority that a thread has a reason for.
  unsigned deserved(const Thread& t) {
    unsigned priority = t.base_priority;
    if (t.serving) priority = std::max<unsigned>(priority, t.serving->priority);
    for (const Server& server : kernel_.servers) {
      if (server.last_receiver != &t) continue;
      for (const Queued* item = server.first; item; item = item->next) {
        if (item->caller) priority = std::max<unsigned>(priority, item->caller->priority);
      }
    }
    return priority;
  }

  void threads() {
    for (const Thread& t : kernel_.threads) {
      if (t.state == ThreadState::kFree) continue;
      check(t.state == ThreadState::kOrphan || t.process->alive, t, " of a dead process");
      check(t.priority >= t.base_priority, t, " below its own priority");
      const bool ended = t.state == ThreadState::kExited || t.state == ThreadState::kOrphan;
      check(ended || t.priority <= deserved(t), t, " inherits from nobody");
      if (t.serving) {
        check(t.serving->served_by == &t, t, " serves one who does not know");
        check(t.priority >= t.serving->priority, t, " does not inherit from its caller");
      }
      if (t.served_by) {
        check(t.state == ThreadState::kAwaitingReply && t.served_by->serving == &t, t,
              " is served one-sidedly");
        check(t.served_by->process == t.server->owner, t, " is served by a stranger");
      }
      if (t.state == ThreadState::kAwaitingReply) {
        check(t.server->owner || t.server->closing, t, " awaits a dead server");
      }
      if (t.state == ThreadState::kReceiving) {
        check(t.server->owner == t.process, t, " receives from another's server");
        check(t.serving == nullptr, t, " waits and still serves");
      }
      if (t.loan.pages != 0) {
        check(t.state == ThreadState::kQueued || t.state == ThreadState::kAwaitingReply ||
                  t.state == ThreadState::kWithdrawing,
              t, " runs while its pages are lent");
      }
      check(t.state != ThreadState::kOrphan || t.ghost.pages != 0, t, ": orphan of nothing");
      check(t.state != ThreadState::kWithdrawing || t.ghost.pages != 0, t, " withdraws nothing");
      check(t.state != ThreadState::kEnding, t, " was not taken off");
      if (t.ghost.pages != 0) {
        const Server& server = *t.ghost.server;
        check(server.owner || server.closing, t, ": ghost at a dead server");
        check(!server.owner || server.owner->pid == t.ghost.borrower, t, ": ghost at a stranger");
      }
    }
  }

  void servers() {
    for (const Server& server : kernel_.servers) {
      uint32_t count = server.events != 0;
      const Queued* last = nullptr;
      std::array<uint16_t, kPriorities> callers{};
      for (const Queued* item = server.first; item; last = item, item = item->next) {
        ++count;
        check(item->previous == last, "a queue's links");
        if (item->caller == nullptr) continue;
        ++callers[item->caller->priority];
        check(item->caller->state == ThreadState::kQueued && item->caller->server == &server,
              *item->caller, " is queued wrongly");
      }
      if (server.first) check(server.last == last, "a queue's end");
      check(server.pending == count, "a queue's count");
      check(callers == server.queued_at, "callers counted wrongly");
      for (unsigned p = 0; p < kPriorities; ++p) {
        check((server.queued_priorities >> p & 1) == (callers[p] != 0), "priorities in a queue");
      }
      const bool waits = server.waiting || server.waiting_timed;
      check(!waits || count == 0, "a server waits with work in its queue");
      check(server.owner || server.closing || (!waits && count == 0), "a dead server has company");
      check(!server.owner || !server.closing, "a server is served and closing");
      for (const bool timed : {false, true}) {
        for (const Thread* t = timed ? server.waiting_timed : server.waiting; t; t = t->next) {
          check(t->state == ThreadState::kReceiving && t->server == &server, *t, " waits wrongly");
          check((t->sleep_place != 0) == timed, *t, " waits in the wrong list");
        }
      }
      if (server.owner == nullptr || server.last_receiver == nullptr) continue;
      check(server.last_receiver->process == server.owner, "last receiver is a stranger");
      check(server.last_receiver->state != ThreadState::kFree, "last receiver is gone");
    }
  }

  void messages() {
    std::map<unsigned, uint32_t> sent;
    unsigned total = 0;
    for (const Queued* item = kernel_.free_messages; item; item = item->next) ++total;
    for (const Server& server : kernel_.servers) {
      for (const Queued* item = server.first; item; item = item->next) {
        if (item->caller) continue;
        ++total;
        const Message& message = *static_cast<const Message*>(item);
        ++sent[message.sender_pid];
        check(abi::Identity{message.sender}.pid() == message.sender_pid,
              "a message is charged to another than its sender");
        check(message.info.kind() == abi::Kind::kSend || message.info.kind() == abi::Kind::kMove,
              "a message that nobody can send");
      }
    }
    check(total == kMaxMessages, "messages lost");
    for (const Process& process : kernel_.processes) {
      check(process.messages == sent[process.pid] || process.pid == 0, "messages charged wrongly");
      check(process.messages <= kMessagesPerSender, "a sender over its limit");
    }
  }

  void sleepers() {
    unsigned count = 0;
    for (const Thread& t : kernel_.threads) count += t.sleep_place != 0;
    check(count == kernel_.sleeping, "sleepers lost");
    for (uint32_t i = 0; i < kernel_.sleeping; ++i) {
      const Thread& t = *kernel_.sleepers[i];
      check(t.sleep_place == i + 1, t, " sleeps in the wrong place");
      check(i == 0 || kernel_.sleepers[(i - 1) / 2]->deadline <= t.deadline, t,
            " sleeps out of order");
      check(t.state != ThreadState::kRunnable && t.state != ThreadState::kFree, t,
            " sleeps and is something else");
    }
    if (kernel_.sleeping == 0) return;
    check(kernel_.timer_at != 0 && kernel_.timer_at <= kernel_.sleepers[0]->deadline,
          "nobody will wake the first sleeper");
  }

  /// Whoever waits waits for something that can still come.
  void waiters() {
    uint32_t readers = 0;
    for (const Process& process : kernel_.processes) {
      readers += process.alive && process.syscalls & abi::mask_of(abi::Syscall::kLogRead);
    }
    check(readers == kernel_.log_readers, "readers of the log counted wrongly");
    waiter(kernel_.log_waiter, ThreadState::kLog, kernel_.log.empty());
    waiter(kernel_.crash_waiter, ThreadState::kCrash,
           kernel_.crashes.written == kernel_.crashes.read);
    for (const Thread& t : kernel_.threads) {
      const uint32_t what = t.waits_for;
      switch (t.state) {
        case ThreadState::kLog:
          check(&t == kernel_.log_waiter, t, " waits for the log and nobody knows");
          break;
        case ThreadState::kCrash:
          check(&t == kernel_.crash_waiter, t, " waits for a crash record and nobody knows");
          break;
        case ThreadState::kFutex:
          check(what % 4 == 0 && what < abi::kUserEnd, t, " waits for no futex");
          break;
        case ThreadState::kSleeping:
          check(t.sleep_place != 0, t, " sleeps for ever");
          break;
        case ThreadState::kJoining: {
          const Thread& other = kernel_.threads[what & kTokenIndex];
          const bool there = other.process == t.process && other.state < ThreadState::kExited;
          const bool others = other.state > ThreadState::kExited &&
                              other.state != ThreadState::kFree &&
                              other.state != ThreadState::kOrphan && other.process == t.process;
          check((there || others) && other.generation == what >> 10, t, " joins one who is gone");
          break;
        }
        default:
          break;
      }
    }
  }

  void waiter(const Thread* waiter, ThreadState state, bool nothing_there) {
    if (waiter == nullptr) return;
    check(waiter->state == state, *waiter, " is waited with and does not wait");
    check(nothing_there, *waiter, " waits for what is there");
  }

  /// What the log and the trace count.
  void rings() {
    const Log& log = kernel_.log;
    check(log.size() <= kLogBytes, "the log holds more than there is room for");
    check(log.lost() >= past_.log_lost, "lost bytes of the log found");
    past_.log_lost = log.lost();
    const Trace& trace = kernel_.trace;
    const uint32_t unread = trace.written - trace.read;
    if (unread > kTraceEvents) return check(false, "the trace holds more than there is room for");
    check(trace.lost <= trace.read, "more events lost than there were");
    check(trace.on || trace.running == nullptr, "a trace that is off follows somebody");
    constexpr uint32_t kNewest = 32;  // the older ones have been looked at
    uint64_t before = 0;
    for (uint32_t i = trace.written - std::min(unread, kNewest); i != trace.written; ++i) {
      const abi::TraceEvent& event = trace.events[i % kTraceEvents];
      check(event.kind >= abi::TraceKind::kSwitch && event.kind <= abi::TraceKind::kTimeout &&
                event.thread < kMaxThreads,
            "a trace event makes no sense");
      check(event.time_ns >= before, "trace events out of order");
      before = event.time_ns;
    }
  }

  void worker() {
    long closing = 0;
    check(kernel_.dying == nullptr, "a process has died and its threads are there");
    const Process* last = nullptr;
    for (const Process* p = kernel_.worker.ending; p; last = p, p = p->ending_next) {
      check(!p->alive && p->threads == nullptr, "a process ends and has threads");
      closing += std::ranges::count_if(p->servers, [](const Server* s) { return s && s->closing; });
    }
    for (const Server& server : kernel_.servers) closing -= server.closing;
    check(closing == 0, "a server was not closed");
    check(last == nullptr || kernel_.worker.ending_last == last, "the end of those that end");
    withdrawals();
    attention();
    const bool works = kernel_.worker.ending || kernel_.worker.withdrawing;
    check(!works || kernel_.worker.thread.state == ThreadState::kRunnable, "the worker sleeps");
    unsigned alive = 0, used = 0, free = 0;
    for (unsigned pid = 0; pid < kMaxProcesses; ++pid) {
      const Process& process = kernel_.processes[pid];
      alive += process.alive;
      const bool is_free = pid != 0 && process.making == Making::kNot && !process.alive &&
                           process.ending == Ending::kNot;
      check((kernel_.free_slots[pid / 32] >> pid % 32 & 1) == is_free, process,
            "'s slot is free and taken");
    }
    for (const Thread& t : kernel_.threads) used += t.state != ThreadState::kFree;
    for (const Thread* t = kernel_.free_threads; t; t = t->next) ++free;
    check(alive == kernel_.processes_alive, "processes counted wrongly");
    check(used == kernel_.threads_used && used + free + 1 == kMaxThreads, "threads lost");
  }

  /// A withdrawal is in the worker's list, or waits for a frame.
  void withdrawals() {
    std::set<const Thread*> listed;
    const Thread* before = nullptr;
    for (const Thread* t = kernel_.worker.withdrawing; t; before = t, t = t->next) {
      check(t->previous == before, *t, ": withdrawals' links");
      check(t->state == ThreadState::kWithdrawing, *t, " is withdrawn from and does not wait");
      if (!listed.insert(t).second) return;  // a circle: its links have been found wrong
    }
    for (const Thread& t : kernel_.threads) {
      if (t.state != ThreadState::kWithdrawing) continue;
      check(listed.contains(&t) != (t.sleep_place != 0), t, "'s pages are forgotten");
    }
  }

  /// What must be done before anybody runs has been done.
  void attention() {
    check(kernel_.unsettled == nullptr, "somebody's inheritance is not settled");
    for (const Thread& t : kernel_.threads) check(t.hops == 0, t, " is not settled and not listed");
    const uint32_t wanted = kernel_.trace.on ? uint32_t{Kernel::kTracing} : 0;
    check(kernel_.attention == wanted, "attention for nothing, or none for the trace");
  }

  Kernel& kernel_;
  Past& past_;
  Findings& findings_;
};

}  // namespace

std::string audit(const World& world) {
  Findings findings;
  Auditor(world, findings).run();
  audit_memory(world, findings);
  audit_rights(world, findings);
  audit_identities(world, findings);
  return findings.first();
}

}  // namespace kernel::test
