// What each action does. The numbers are those of docs/kernel.md's drawing of a call.
#include <algorithm>

#include "kernel/test/model/model.h"

namespace kernel::model {
namespace {

void enqueue(State& s, unsigned service, unsigned thread) {
  for (uint8_t& place : s.queue[service]) {
    if (place != 0) continue;
    place = static_cast<uint8_t>(thread + 1);
    return;
  }
  s.broken = "a queue longer than there are threads";
}

void leave_queue(State& s, unsigned service, unsigned thread) {
  auto& queue = s.queue[service];
  std::fill(std::remove(queue.begin(), queue.end(), thread + 1), queue.end(), 0);
}

std::optional<unsigned> free_frame(const Shape& shape, const State& s) {
  for (unsigned f = 0; f < shape.frames; ++f) {
    if (s.frames[f].owner == Frame::kFree) return f;
  }
  return {};
}

void release(State& s, unsigned frame) {
  if (s.frames[frame].owner == Frame::kFree) s.broken = "a frame is freed twice";
  s.frames[frame] = {};
}

unsigned server_of(unsigned service) {
  return service + 1;
}
}  // namespace

State Rules::initial() const {
  State s;
  for (unsigned t = 0; t < shape_.threads; ++t) {
    const unsigned p = process_of(t);
    if (s.life[p] == Life::kDead) start(s, p);
    s.threads[t] = {.at = At::kRunnable};
  }
  return s;
}

bool Rules::apply(State& s, Action a) const {
  const Thread& self = s.threads[a.thread];
  const bool held = std::count(s.life.begin(), s.life.end(), Life::kDying) != 0;
  const bool runs =
      self.at == At::kRunnable && s.life[process_of(a.thread)] == Life::kAlive && !held;
  switch (a.verb) {
    case Verb::kCall:
      return runs && call(s, a);
    case Verb::kReceive:
      return runs && receive(s, a.thread, a.service, a.wait);
    case Verb::kReply:
      return runs && reply(s, a.thread, a.other);
    case Verb::kReplyGhost:
      return runs && reply_ghost(s, a.thread, a.other);
    case Verb::kReplyReceive: {
      const unsigned service = s.threads[a.other].service;
      return runs && reply(s, a.thread, a.other) && receive(s, a.thread, service, Wait::kEver);
    }
    case Verb::kTimeOut:
      return time_out(s, a.thread);
    case Verb::kWithdraw:
      return withdraw(s, a.thread);
    case Verb::kKill:
      if (s.life[a.service] != Life::kAlive || held) return false;
      s.life[a.service] = Life::kDying;
      return true;
    case Verb::kEnd:
      return end_piece(s, a.service);
    case Verb::kStart:
      if (held || s.life[a.service] == Life::kAlive ||
          (s.life[a.service] == Life::kEnding && !has(Defect::kStartBeforeTheEnd))) {
        return false;
      }
      return start(s, a.service);
    case Verb::kThreadExit:
      if (!runs) return false;
      end_thread(s, a.thread);
      return true;
    case Verb::kThreadCreate: {
      Thread& fresh = s.threads[a.thread];
      const bool free = fresh.at == At::kFree ||
                        (fresh.at == At::kOrphan && has(Defect::kGhostLeavesSlotToAnother));
      if (!free || s.life[process_of(a.thread)] != Life::kAlive || held) return false;
      fresh = {.at = At::kRunnable};
      return true;
    }
  }
  return false;
}

bool Rules::call(State& s, Action a) const {
  Thread& self = s.threads[a.thread];
  if (s.life[server_of(a.service)] != Life::kAlive) return false;  // refused: kNotFound
  if (a.other != 0) {
    const Thread& receiver = s.threads[a.other - 1];
    if (receiver.at != At::kReceiving || receiver.service != a.service) return false;
  } else {
    if (a.wait == Wait::kTry) return false;  // refused: kBusy
    for (const Thread& t : s.threads) {
      if (t.at == At::kReceiving && t.service == a.service) return false;
    }
  }
  if (a.kind != Kind::kScalar) {
    if (self.ghost != 0 && !has(Defect::kGhostAllowsAnotherLoan)) return false;  // kBusy
    for (unsigned i = 0; i < a.pages; ++i) {
      const Entry& here = s.home[process_of(a.thread)][i];
      if (here.frame == 0 || here.lent) return false;  // a broken contract: kKill is that
      const bool writes = here.access == Access::kWrite && s.frames[here.frame - 1].loans == 0;
      if (a.kind == Kind::kLendMut && !writes) return false;
    }
    lend(s, a.thread, a.service, a.pages, a.kind == Kind::kLendMut);
  }
  if (self.token_used) s.broken = "a token names two calls";
  self.service = a.service;
  self.timed = a.wait == Wait::kTimed;
  if (a.other != 0) {
    give(s, a.thread, a.other - 1u);  // 1
  } else {
    self.at = At::kQueued;  // 1'
    enqueue(s, a.service, a.thread);
  }
  return true;
}

void Rules::give(State& s, unsigned caller, unsigned receiver) const {
  s.threads[caller].at = At::kAwaiting;
  Thread& server = s.threads[receiver];
  server.at = At::kRunnable;
  server.service = 0;
  server.timed = false;
  server.serving = static_cast<uint8_t>(caller + 1);
}

void Rules::put_off(State& s, unsigned thread) const {
  Thread& self = s.threads[thread];
  if (self.serving != 0 && has(Defect::kPutOffLosesCaller)) {
    end_loan(s, self.serving - 1u);
    s.threads[self.serving - 1u].service ^= 1;
  }
  if (!has(Defect::kReceiverKeepsServing)) self.serving = 0;
}

bool Rules::receive(State& s, unsigned thread, unsigned service, Wait wait) const {
  if (process_of(thread) != server_of(service)) return false;
  Thread& self = s.threads[thread];
  put_off(s, thread);
  const uint8_t first = s.queue[service][0];
  if (first != 0 && !has(Defect::kReceiveIgnoresQueue)) {  // 2
    leave_queue(s, service, first - 1u);
    give(s, first - 1u, thread);
  } else if (wait != Wait::kTry) {
    self.at = At::kReceiving;
    self.service = static_cast<uint8_t>(service);
    self.timed = wait == Wait::kTimed;
  }
  return true;
}

bool Rules::reply(State& s, unsigned thread, unsigned caller) const {  // 3
  Thread& other = s.threads[caller];
  if (other.at != At::kAwaiting) return false;
  const bool ours = process_of(thread) == server_of(other.service);
  if (!ours && !has(Defect::kStrangerMayAnswer)) return false;
  if (!ours) s.broken = "a stranger answers";
  end_loan(s, caller);
  end_call(s, caller);
  return true;
}

/// The caller is told; whatever it had lent is back.
void Rules::end_call(State& s, unsigned caller) const {
  for (Thread& t : s.threads) {
    if (t.serving == caller + 1) t.serving = 0;
  }
  Thread& self = s.threads[caller];
  if (self.token_used) s.broken = "a token answers twice";
  self.token_used = has(Defect::kAnswerKeepsToken) && self.at == At::kAwaiting;
  self.at = At::kRunnable;
  self.service = 0;
  self.timed = false;
}

bool Rules::reply_ghost(State& s, unsigned thread, unsigned lender) const {
  const Thread& other = s.threads[lender];
  if (other.ghost == 0 || process_of(thread) != server_of(other.ghost_service)) return false;
  end_ghost(s, lender);
  return true;
}

bool Rules::time_out(State& s, unsigned thread) const {
  Thread& self = s.threads[thread];
  if (!self.timed) return false;
  switch (self.at) {
    case At::kReceiving:
      self.at = At::kRunnable;
      self.service = 0;
      self.timed = false;
      return true;
    case At::kQueued:
      if (!has(Defect::kTimeOutStaysQueued)) leave_queue(s, self.service, thread);
      if (!has(Defect::kTimeOutForgetsQueuedLoan)) end_loan(s, thread);
      end_call(s, thread);
      return true;
    case At::kAwaiting:
      if (self.loan == 0) {
        end_call(s, thread);
        self.token_used = has(Defect::kTimeOutKeepsToken);
        return true;
      }
      for (Thread& t : s.threads) {
        if (t.serving == thread + 1) t.serving = 0;
      }
      self.at = At::kWithdrawing;  // 6
      self.timed = false;
      self.ghost = has(Defect::kTimeOutLeavesNoGhost) ? 0 : self.loan;
      self.ghost_service = self.service;
      return true;
    default:
      return false;
  }
}

bool Rules::end_piece(State& s, unsigned process) const {
  if (s.life[process] == Life::kDying) {  // its threads
    for (unsigned t = 0; t < shape_.threads; ++t) {
      const bool here = s.threads[t].at != At::kFree && s.threads[t].at != At::kOrphan;
      if (process_of(t) != process || !here) continue;
      end_thread(s, t);
      return true;
    }
    s.life[process] = Life::kEnding;
    return true;
  }
  if (s.life[process] != Life::kEnding) return false;
  // Those who wait for its servers (4), and what is left of those who no longer do.
  for (unsigned t = 0; process != 0 && t < shape_.threads; ++t) {
    Thread& other = s.threads[t];
    const unsigned service = process - 1;
    const bool queued = other.at == At::kQueued && !has(Defect::kServerDeathForgetsQueued);
    const bool received = other.at == At::kAwaiting && !has(Defect::kServerDeathForgetsReceived);
    if ((queued || received) && other.service == service) {
      if (queued) leave_queue(s, service, t);
      end_loan(s, t);
      end_call(s, t);
      return true;
    }
    if (other.at == At::kWithdrawing && has(Defect::kServerDeathForgetsWithdrawing)) continue;
    if (other.ghost != 0 && other.ghost_service == service &&
        !has(Defect::kServerDeathForgetsGhosts)) {
      end_ghost(s, t);
      return true;
    }
  }
  // Its pages.
  for (Entry& here : s.home[process]) {
    if (here.frame == 0) continue;
    Frame& frame = s.frames[here.frame - 1];
    if (frame.loans == 0 || has(Defect::kClientDeathFreesLentPages)) {
      release(s, here.frame - 1u);
    } else {
      frame.owner = Frame::kOrphan;
    }
    here = {};
    return true;
  }
  s.life[process] = Life::kDead;
  return true;
}

/// A thread of a living or an ending process goes.
void Rules::end_thread(State& s, unsigned thread) const {
  Thread& self = s.threads[thread];
  switch (self.at) {
    case At::kQueued:
      if (!has(Defect::kClientDeathStaysQueued)) leave_queue(s, self.service, thread);
      if (!has(Defect::kClientDeathForgetsQueuedLoan)) end_loan(s, thread);
      break;
    case At::kAwaiting:
    case At::kWithdrawing:
      for (Thread& t : s.threads) {
        if (t.serving == thread + 1 && !has(Defect::kClientDeathKeepsCaller)) t.serving = 0;
      }
      leave_ghost(s, thread);  // 5
      break;
    default:
      break;
  }
  if (self.serving != 0 && has(Defect::kThreadExitLosesCaller)) {
    s.threads[self.serving - 1u].at = At::kFree;
  }
  const Thread before = self;
  self = {.at = before.ghost != 0 ? At::kOrphan : At::kFree,
          .ghost = before.ghost,
          .ghost_service = before.ghost_service};
}

bool Rules::start(State& s, unsigned process) const {
  unsigned needed = shape_.pages[process];
  for (unsigned f = 0; f < shape_.frames && needed != 0; ++f) {
    needed -= s.frames[f].owner == Frame::kFree;
  }
  if (needed != 0) return false;
  unsigned first = 0;
  while (first < shape_.threads &&
         (process_of(first) != process || s.threads[first].at != At::kFree)) {
    ++first;
  }
  if (first == shape_.threads) return false;
  s.threads[first].at = At::kRunnable;
  for (unsigned i = 0; i < shape_.pages[process]; ++i) {
    const unsigned frame = *free_frame(shape_, s);
    s.frames[frame] = {.owner = static_cast<uint8_t>(process)};
    const bool constant = i + shape_.constants[process] >= shape_.pages[process];
    s.home[process][i] = {.frame = static_cast<uint8_t>(frame + 1),
                          .access = constant ? Access::kRead : Access::kWrite};
  }
  s.life[process] = Life::kAlive;
  return true;
}

// --- pages ------------------------------------------------------------------------------------

void Rules::lend(State& s, unsigned thread, unsigned service, unsigned pages, bool mutably) const {
  Thread& self = s.threads[thread];
  if (self.loan_open) s.broken = "a loan begins before the last has ended";
  for (unsigned i = 0; i < pages; ++i) {
    Entry& here = s.home[process_of(thread)][i];
    Frame& frame = s.frames[here.frame - 1];
    Entry& there = s.slot[service][thread][i];
    if (there.frame != 0) s.broken = "a loan arrives where another stands";
    there = {.frame = here.frame, .access = mutably ? Access::kWrite : Access::kRead};
    ++frame.loans;
    if (mutably) {
      here.lent = !has(Defect::kMutableLoanStaysReachable);
    } else if (here.access == Access::kWrite && !has(Defect::kReadLoanStaysWritable)) {
      frame.writable = true;
      here.access = Access::kRead;
    }
  }
  self.loan = static_cast<uint8_t>(pages);
  self.mutably = mutably;
  self.loan_open = true;
}

/// One loan fewer; a frame that nobody owns goes with its last.
void Rules::drop_loan(State& s, uint8_t frame) const {
  Frame& f = s.frames[frame - 1];
  if (f.loans == 0) s.broken = "a loan ends twice";
  --f.loans;
  if (f.owner == Frame::kOrphan && f.loans == 0 && !has(Defect::kGhostEndLeaksFrame)) {
    release(s, frame - 1u);
  }
}

/// The lender's side of one page: it is the lender's again.
void Rules::end_loan_page(State& s, unsigned thread, unsigned page) const {
  Entry& here = s.home[process_of(thread)][page];
  if (here.frame == 0) {
    s.broken = "a loan ends for a lender without the page";
    return;
  }
  if (has(Defect::kLoanEndForgetsLender)) return;
  Frame& frame = s.frames[here.frame - 1];
  const bool last = frame.loans == 0 || has(Defect::kLoanEndRestoresTooEarly);
  if (s.threads[thread].mutably) {
    here.lent = false;
  } else if (last && frame.writable) {
    frame.writable = false;
    here.access = Access::kWrite;
  }
}

void Rules::end_loan(State& s, unsigned thread) const {
  Thread& self = s.threads[thread];
  if (self.loan == 0) return;
  if (!self.loan_open) s.broken = "a loan ends twice";
  for (unsigned i = 0; i < self.loan; ++i) {
    Entry& there = s.slot[self.service][thread][i];
    if (there.frame == 0) {
      s.broken = "a loan ends that the borrower does not have";
      return;
    }
    const uint8_t frame = there.frame;
    if (!has(Defect::kLoanEndKeepsBorrowersPage)) there = {};
    drop_loan(s, frame);
    end_loan_page(s, thread, i);
  }
  self.loan = 0;
  self.mutably = self.loan_open = false;
}

/// 7: one page. The last one first, as the loan is named by its first pages.
bool Rules::withdraw(State& s, unsigned thread) const {
  Thread& self = s.threads[thread];
  if (self.at != At::kWithdrawing) return false;
  const unsigned page = self.loan - 1u;
  Entry& there = s.slot[self.service][thread][page];
  if (there.frame == 0) {
    s.broken = "a loan is withdrawn that the borrower does not have";
    return true;
  }
  const uint8_t frame = there.frame;
  // What nobody can write stays with both.
  if (self.mutably || s.frames[frame - 1].writable) {
    if (!has(Defect::kTimeOutSharesPage)) {
      const auto copy = free_frame(shape_, s);
      if (!copy) return false;  // the lender waits for one
      s.frames[*copy] = {.owner = Frame::kOrphan, .loans = 1};
      there.frame = static_cast<uint8_t>(*copy + 1);
      drop_loan(s, frame);
    }
    end_loan_page(s, thread, page);
  }
  if (--self.loan == 0) finish_withdrawal(s, thread);
  return true;
}

void Rules::finish_withdrawal(State& s, unsigned thread) const {
  Thread& self = s.threads[thread];
  self.loan = 0;
  self.mutably = self.loan_open = false;
  end_call(s, thread);
}

/// The lender goes while a server has its pages.
void Rules::leave_ghost(State& s, unsigned thread) const {
  Thread& self = s.threads[thread];
  if (self.at == At::kWithdrawing && has(Defect::kDeathDuringWithdrawalFreesAll)) {
    for (Entry& there : s.slot[self.service][thread]) {
      if (there.frame != 0) release(s, there.frame - 1u);
    }
  }
  if (self.at == At::kWithdrawing || self.loan == 0) return;
  self.ghost = self.loan;
  self.ghost_service = self.service;
}

void Rules::end_ghost(State& s, unsigned thread) const {
  Thread& self = s.threads[thread];
  if (self.at == At::kWithdrawing) {
    end_loan(s, thread);
    finish_withdrawal(s, thread);
  }
  for (unsigned i = 0; i < self.ghost; ++i) {
    Entry& there = s.slot[self.ghost_service][thread][i];
    if (there.frame == 0) continue;  // went back to the lender above
    const uint8_t frame = there.frame;
    there = {};
    drop_loan(s, frame);
    if (s.frames[frame - 1].owner == Frame::kFree && has(Defect::kGhostEndTwice)) {
      drop_loan(s, frame);
    }
  }
  self.ghost = self.ghost_service = 0;
  if (self.at == At::kOrphan) self = {};
}

}  // namespace kernel::model
