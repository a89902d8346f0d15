// What must hold of names: an identity, a token or a handle names one thing once; and who has ended
// leaves one record.
#include <algorithm>
#include <set>

#include "kernel/test/audit.h"

namespace kernel::test {
namespace {
constexpr uint32_t kGenerations = 0x100'0000;      // of a process, as identities hold them
constexpr uint32_t kThreadGenerations = 1u << 22;  // as handles hold them

/// `to` lies in the half of all numbers that comes after `from`.
bool is_later(uint32_t from, uint32_t to, uint32_t all) {
  const uint32_t distance = (to - from) & (all - 1);
  return distance != 0 && distance < all / 2;
}

class IdentityAuditor {
 public:
  IdentityAuditor(const World& world, Findings& findings)
      : world_(world), kernel_(world.kernel), past_(world.past), findings_(findings) {}

  void run() {
    for (unsigned pid = 1; pid < kMaxProcesses; ++pid) process(pid);
    for (unsigned i = 0; i < kMaxThreads; ++i) thread(i);
    lists();
    crashes();
    remember();
  }

 private:
  template <class... Args>
  void check(Args&&... args) {
    findings_.check(std::forward<Args>(args)...);
  }
  static bool lives(const Process& process) {
    return process.alive || process.ending != Ending::kNot;
  }
  static bool has_ended(const Process& process) {
    return !lives(process) && process.making == Making::kNot;
  }

  void process(unsigned pid) {
    const Process& process = kernel_.processes[pid];
    if (process.identity == 0) return check(!lives(process), process, " lives without an identity");
    check(process.pid == pid &&
              process.identity == abi::Identity::make(pid, process.generation).bits &&
              process.generation != 0 && process.generation < kGenerations,
          process, "'s identity is not its own");
    if (!past_.known) return;
    const Past::OfProcess& before = past_.processes[pid];
    if (process.identity != before.identity) {
      const uint32_t last = before.identity >> 8;
      return check(last == 0 || is_later(last, process.generation, kGenerations), process,
                   " has an old identity");
    }
    check(!before.ended || has_ended(process), process, " has come back from the dead");
  }

  void thread(unsigned index) {
    const Thread& t = kernel_.threads[index];
    const Past::OfThread& before = past_.threads[index];
    const bool idle = t.state == ThreadState::kFree && before.state == ThreadState::kFree;
    if (past_.known && idle && t.token == before.token && t.generation == before.generation) return;
    check((t.token & kTokenIndex) == index && (t.token & kTokenSpecial) == 0, t,
          "'s token is another's");
    check(t.generation < kThreadGenerations, t, "'s generation does not fit its handle");
    const bool free = t.state == ThreadState::kFree;
    if (!free && t.state != ThreadState::kOrphan) {
      check(t.identity == t.process->identity, t, " has another process's identity");
      check(t.token == t.born || is_later(t.born / kTokenStep, t.token / kTokenStep, kTokens), t,
            " is older than its slot");
    }
    if (t.ghost.pages != 0) {
      const uint32_t token = t.ghost.token & ~kTokenSpecial;
      check((token & kTokenIndex) == index && token != t.token, t, "'s ghost has its token");
    }
    if (!past_.known) return;
    const bool moved = t.token != before.token;
    check(!moved || is_later(before.token / kTokenStep, t.token / kTokenStep, kTokens), t,
          " uses a token again");
    if (before.state == ThreadState::kFree || free) return;
    if (t.generation == before.generation) {
      check(t.born == before.born, t, " was born again");
    } else {
      check(is_later(before.generation, t.generation, kThreadGenerations), t, " has an old handle");
      check(moved, t, " has the token of the last in its slot");
    }
    const bool over = before.state == ThreadState::kAwaitingReply &&
                      t.state != ThreadState::kAwaitingReply && t.state != ThreadState::kOrphan;
    check(!over || moved, t, "'s call is over and could be answered");
  }
  static constexpr uint32_t kTokens = ~uint32_t{0} / kTokenStep + 1;

  /// A process knows its threads, and they know it.
  void lists() {
    std::set<const Thread*> listed;
    for (const Process& process : kernel_.processes) {
      unsigned count = 0;
      for (const Thread* t = process.threads; t && count <= kThreadsPerProcess; t = t->peer_next) {
        ++count;
        check(t->process == &process && listed.insert(t).second, *t, " is in another's list");
        check(t->state != ThreadState::kFree && t->state != ThreadState::kOrphan, *t,
              " is gone and listed");
      }
      check(count == process.thread_count && count <= kThreadsPerProcess, process,
            "'s threads are counted wrongly");
    }
    for (const Thread& t : kernel_.threads) {
      const bool known = t.state == ThreadState::kFree || t.state == ThreadState::kOrphan;
      check(known || listed.contains(&t), t, " is in no process's list");
    }
  }

  void crashes() {
    const CrashRing& ring = kernel_.crashes;
    const uint32_t unread = ring.written - ring.read;
    if (unread > kCrashRecords) return check(false, "more crash records than there is room for");
    check(ring.lost <= ring.read, "more crash records lost than there were");
    std::set<uint32_t> seen;
    for (uint32_t i = ring.read; i != ring.written; ++i) {
      const abi::CrashRecord& record = ring.records[i % kCrashRecords];
      const Process& process = kernel_.processes[record.identity & 0xff];
      check(record.identity != 0 && seen.insert(record.identity).second,
            "two crash records of one process");
      check(record.frames <= record.backtrace.size() && record.reason <= abi::EndReason::kKilled &&
                record.name.back() == '\0' && record.kind.back() == '\0',
            "a crash record makes no sense");
      const bool latest = process.identity == record.identity;
      check(!latest || has_ended(process), process, " lives and has a crash record");
      check(latest || is_later(record.identity >> 8, process.generation, kGenerations), process,
            " has a crash record of its future");
      check(!latest || (record.name == process.name && record.reason == process.end_reason),
            process, "'s crash record is of somebody else");
    }
    if (!past_.known) return;
    const uint32_t fresh = ring.written - past_.crashes_written;
    check(fresh < kCrashRecords + kMaxProcesses, "crash records written backwards");
    check(ring.read - past_.crashes_read <= ring.written - past_.crashes_read,
          "crash records read backwards");
    check(ring.lost >= past_.crashes_lost, "lost crash records found");
    if (fresh > kCrashRecords) return;
    for (unsigned pid = 1; pid < kMaxProcesses; ++pid) {
      const Past::OfProcess& before = past_.processes[pid];
      const Process& process = kernel_.processes[pid];
      if (!before.lived || (process.identity == before.identity && !has_ended(process))) continue;
      bool recorded = false;
      for (uint32_t i = past_.crashes_written; i != ring.written; ++i) {
        recorded |= ring.records[i % kCrashRecords].identity == before.identity;
      }
      check(recorded, process, " has ended without a record");
    }
  }

  void remember() {
    past_.known = true;
    for (unsigned i = 0; i < kMaxThreads; ++i) {
      const Thread& t = kernel_.threads[i];
      past_.threads[i] = {t.state, t.token, t.generation, t.born};
    }
    for (unsigned pid = 1; pid < kMaxProcesses; ++pid) {
      const Process& process = kernel_.processes[pid];
      past_.processes[pid] = {process.identity, lives(process), has_ended(process)};
    }
    past_.crashes_written = kernel_.crashes.written;
    past_.crashes_read = kernel_.crashes.read;
    past_.crashes_lost = kernel_.crashes.lost;
  }

  const World& world_;
  Kernel& kernel_;
  Past& past_;
  Findings& findings_;
};
}  // namespace

void audit_identities(const World& world, Findings& findings) {
  IdentityAuditor(world, findings).run();
}

}  // namespace kernel::test
