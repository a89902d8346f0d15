// What each action does. The numbers are those of docs/kernel.md's drawing of a call.
#include <algorithm>

#include "kernel/test/model/model.h"

namespace kernel::model {
namespace {

void enqueue(State& s, unsigned service, unsigned thread) {
  for (Item& place : s.queue[service]) {
    if (place.who != 0) continue;
    place.who = static_cast<uint8_t>(thread + 1);
    return;
  }
  s.broken = "a queue longer than it can be";
}

void leave_queue(State& s, unsigned service, unsigned thread) {
  auto& queue = s.queue[service];
  const auto left =
      std::remove_if(queue.begin(), queue.end(), [&](Item item) { return item.who == thread + 1; });
  std::fill(left, queue.end(), Item{});
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
      return end_piece(s, a.service, a.other);
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
    case Verb::kSend:
      return runs && send(s, a);
    case Verb::kNotify:
      return runs && notify(s, a);
    case Verb::kTake:
      return runs && take(s, process_of(a.thread));
    case Verb::kGiveBack:
      return runs && give_back(s, process_of(a.thread));
  }
  return false;
}

bool Rules::call(State& s, Action a) const {
  Thread& self = s.threads[a.thread];
  if (s.life[server_of(a.service)] != Life::kAlive) return false;  // refused: kNotFound
  if (!receiver_is_right(s, a)) return false;
  if (a.other == 0 && a.wait == Wait::kTry) return false;  // refused: kBusy
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
  wake(s, receiver);
  s.threads[receiver].serving = static_cast<uint8_t>(caller + 1);
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
  if (deliver_events(s, service)) return true;
  const Item first = s.queue[service][0];
  if (first.who != 0 && !has(Defect::kReceiveIgnoresQueue)) {  // 2
    if (s.notified[service] != 0) s.broken = "the queue comes before events";
    if (is_message(first)) {
      deliver_message(s, service);
      return true;
    }
    leave_queue(s, service, first.who - 1u);
    give(s, first.who - 1u, thread);
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

bool Rules::is_left(const State& s, unsigned thread, unsigned service) const {
  const Thread& x = s.threads[thread];
  const bool queued = x.at == At::kQueued && !has(Defect::kServerDeathForgetsQueued);
  const bool received = x.at == At::kAwaiting && !has(Defect::kServerDeathForgetsReceived);
  if ((queued || received) && x.service == service) return true;
  if (x.at == At::kWithdrawing && has(Defect::kServerDeathForgetsWithdrawing)) return false;
  return x.ghost != 0 && x.ghost_service == service && !has(Defect::kServerDeathForgetsGhosts);
}

bool Rules::end_service_of(State& s, unsigned service, unsigned thread) const {
  if (!is_left(s, thread, service)) return false;
  Thread& x = s.threads[thread];
  const bool in_call = x.at == At::kQueued || x.at == At::kAwaiting;
  if (!in_call || x.service != service) {
    end_ghost(s, thread);
    return true;
  }
  if (x.at == At::kQueued) leave_queue(s, service, thread);
  end_loan(s, thread);
  end_call(s, thread);
  return true;
}

bool Rules::end_piece(State& s, unsigned process, unsigned caller) const {
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
  // Those who wait for its servers (4), and what is left of those who no longer do: in any order.
  if (process != 0 && caller == kDropMessage) return drop_message(s, process - 1);
  if (process != 0 && caller != 0) return end_service_of(s, process - 1, caller - 1);
  for (unsigned t = 0; process != 0 && t < shape_.threads; ++t) {
    if (is_left(s, t, process - 1)) return false;  // they come before the pages
  }
  if (process != 0) {
    const auto& queue = s.queue[process - 1];
    const bool left = std::any_of(queue.begin(), queue.end(), is_message);
    if (left && !has(Defect::kServerDeathKeepsMessages)) return false;
    if (s.events[process - 1] != 0 && !has(Defect::kServerDeathKeepsEvents)) {
      s.events[process - 1] = s.notified[process - 1] = 0;
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
  if (s.moved[process][0] != 0 && !has(Defect::kDeathForgetsMovedPages)) {
    return give_back(s, process);
  }
  if (has(Defect::kSenderDeathReturnsCharge)) s.charge[process] = 0;
  for (auto& queue : s.queue) {
    if (!has(Defect::kSenderDeathTakesMessages)) break;
    const auto left = std::remove_if(queue.begin(), queue.end(),
                                     [&](Item item) { return item.who == message_of(process); });
    std::fill(left, queue.end(), Item{});
    s.charge[process] = 0;
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
    const unsigned frame = *free_frame(s);
    s.frames[frame] = {.owner = static_cast<uint8_t>(process)};
    const bool constant = i + shape_.constants[process] >= shape_.pages[process];
    s.home[process][i] = {.frame = static_cast<uint8_t>(frame + 1),
                          .access = constant ? Access::kRead : Access::kWrite};
  }
  s.life[process] = Life::kAlive;
  return true;
}

}  // namespace kernel::model
