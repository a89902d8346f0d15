// What must hold between any two entries into the kernel.
#include <algorithm>
#include <map>
#include <set>

#include "kernel/test/world.h"

namespace kernel::test {
namespace {

class Auditor {
 public:
  explicit Auditor(const World& world) : world_(world), kernel_(world.kernel) {}

  std::string run() {
    ready_lists();
    threads();
    servers();
    messages();
    frames();
    spaces();
    sleepers();
    worker();
    return failure_;
  }

 private:
  void check(bool holds, std::string_view what) {
    if (!holds && failure_.empty()) failure_ = what;
  }
  void check(bool holds, const Thread& thread, std::string_view what) {
    if (!holds && failure_.empty()) failure_ = name(thread) + std::string(what);
  }
  static std::string name(const Thread& thread) {
    return "thread " + std::to_string(thread.token & kTokenIndex);
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
        if (!listed.insert(t).second) return check(false, *t, " is ready twice");
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

  void threads() {
    for (const Thread& t : kernel_.threads) {
      if (t.state == ThreadState::kFree) continue;
      check(t.state == ThreadState::kOrphan || t.process->alive, t, " of a dead process");
      check(t.priority >= t.base_priority, t, " below its own priority");
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
        check(t.priority == t.base_priority, t, " waits and still inherits");
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
        ++sent[static_cast<const Message*>(item)->sender_pid];
      }
    }
    check(total == kMaxMessages, "messages lost");
    for (const Process& process : kernel_.processes) {
      check(process.messages == sent[process.pid] || process.pid == 0, "messages charged wrongly");
      check(process.messages <= kMessagesPerSender, "a sender over its limit");
    }
  }

  void frames() {
    std::map<unsigned, uint32_t> owned;
    uint32_t free_count = 0;
    for (const Frame& frame : kernel_.frames) ++owned[frame.owner];
    for (uint32_t head = kernel_.free_frames; head != 0; head = kernel_.frames[head - 1].next) {
      check(kernel_.frames[head - 1].owner == Frame::kFree, "a used frame in the free list");
      if (++free_count > kernel_.frames.size()) return check(false, "the free list is a circle");
    }
    check(free_count == owned[Frame::kFree], "frames lost");
    uint32_t promised = 0;
    for (const Process& process : kernel_.processes) {
      if (process.pid == 0) continue;
      check(process.pages >= owned[process.pid], "a process holds more than it is charged for");
      check(process.pages <= process.pages_limit, "a process over its quota");
      promised += process.pages - owned[process.pid];
    }
    check(free_count == kernel_.unpromised + promised, "promises do not add up");
  }

  /// Who can reach what: no page in two writable hands, nobody near a free frame.
  void spaces() {
    struct Use {
      unsigned writers = 0, readers = 0, lent = 0;
    };
    std::map<uint32_t, Use> uses;
    for (unsigned slot = 1; slot < kMaxProcesses; ++slot) {
      for (const auto& [address, page] : world_.machine.pages(slot)) {
        if (page.access == arch::Access::kDevice) continue;
        Use& use = uses[page.physical];
        if (page.lent) {
          use.lent += kernel_.processes[slot].alive;
        } else if (page.access == arch::Access::kReadWrite) {
          ++use.writers;
        } else {
          ++use.readers;
        }
        const Process& process = kernel_.processes[slot];
        if (address >= process.layout.loans && address < move_base(process)) {
          const uint32_t offset = address - process.layout.loans;
          const Thread& lender = kernel_.threads[offset / kLoanStride];
          const uint32_t index = offset % kLoanStride / abi::kPageSize;
          const bool lent = index < lender.loan.pages && lender.loan.borrower == slot;
          const bool haunts = index < lender.ghost.pages && lender.ghost.borrower == slot;
          check(lent || haunts, "a loan is over and still mapped");
        }
      }
    }
    std::map<uint32_t, unsigned> loans;
    for (const Thread& t : kernel_.threads) {
      const uint32_t pages = std::max(t.loan.pages, t.ghost.pages);
      const unsigned borrower = t.ghost.pages ? t.ghost.borrower : t.loan.borrower;
      for (uint32_t i = 0; i < pages; ++i) {
        const uint32_t there =
            loan_address(kernel_.processes[borrower], t.token & kTokenIndex) + i * abi::kPageSize;
        const arch::Page page = arch::page_get(borrower, there);
        check(page.reachable(), t, ": a lent page is not with the borrower");
        ++loans[page.physical];
      }
    }
    for (const auto& [physical, use] : uses) {
      const Frame& frame = *kernel_.frame_of(physical);
      check(frame.owner != Frame::kFree, "a free frame is mapped");
      check(use.writers <= 1, "a page in two writable hands");
      check(use.writers == 0 || use.readers == 0, "a page is written while others read it");
      check(use.lent <= 1 && (use.lent == 0 || use.writers == 1), "a lent page has no borrower");
      check(frame.loans == loans[physical], "loans counted wrongly");
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

  void worker() {
    long closing = 0;
    check(kernel_.dying == nullptr, "a process has died and its threads are there");
    for (const Process* p = kernel_.worker.ending; p; p = p->ending_next) {
      check(!p->alive && p->threads == nullptr, "a process ends and has threads");
      closing += std::ranges::count_if(p->servers, [](const Server* s) { return s && s->closing; });
    }
    for (const Server& server : kernel_.servers) closing -= server.closing;
    check(closing == 0, "a server was not closed");
    const bool works = kernel_.worker.ending || kernel_.worker.withdrawing;
    check(!works || kernel_.worker.thread.state == ThreadState::kRunnable, "the worker sleeps");
    unsigned alive = 0, used = 0, free = 0;
    for (const Process& process : kernel_.processes) alive += process.alive;
    for (const Thread& t : kernel_.threads) used += t.state != ThreadState::kFree;
    for (const Thread* t = kernel_.free_threads; t; t = t->next) ++free;
    check(alive == kernel_.processes_alive, "processes counted wrongly");
    check(used == kernel_.threads_used && used + free + 1 == kMaxThreads, "threads lost");
  }

  const World& world_;
  Kernel& kernel_;
  std::string failure_;
};

}  // namespace

std::string audit(const World& world) {
  return Auditor(world).run();
}

}  // namespace kernel::test
