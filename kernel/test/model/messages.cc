// The rules for what nobody waits for: queued messages, the pages that move with them, and events.
#include <algorithm>

#include "kernel/test/model/model.h"

namespace kernel::model {

unsigned held(const State& s, unsigned process) {
  unsigned pages = 0;
  for (const Entry& here : s.home[process]) pages += here.frame != 0;
  for (const uint8_t frame : s.moved[process]) pages += frame != 0;
  return pages;
}

bool Rules::receiver_is_right(const State& s, Action a) const {
  const auto waits = [&](const Thread& t) {
    return t.at == At::kReceiving && t.service == a.service;
  };
  if (a.other != 0) return waits(s.threads[a.other - 1]);
  return std::none_of(s.threads.begin(), s.threads.end(), waits);
}

void Rules::wake(State& s, unsigned receiver) const {
  Thread& self = s.threads[receiver];
  self.at = At::kRunnable;
  self.service = 0;
  self.timed = false;
}

// --- messages ---------------------------------------------------------------------------------

bool Rules::send(State& s, Action a) const {
  const unsigned from = process_of(a.thread), to = a.service + 1u;
  if (s.life[to] != Life::kAlive) return false;  // refused: kNotFound
  if (!receiver_is_right(s, a)) return false;
  if (a.pages != 0 && !may_move(s, from, a.pages))
    return false;  // a broken contract: kKill is that
  const bool full = a.other == 0 && s.charge[from] >= shape_.messages;
  const bool too_much = a.pages != 0 && held(s, to) + a.pages > shape_.quota[to];
  if (full && !has(Defect::kSendIgnoresLimit)) return false;      // kBusy
  if (too_much && !has(Defect::kMoveIgnoresQuota)) return false;  // kNoMemory
  move(s, from, to, a.pages);
  uint8_t& on_the_way = s.on_the_way[a.service];
  if (a.other != 0) {
    if (on_the_way != 0) s.broken = "a message overtakes others";
    if (has(Defect::kSendForgetsReceiver)) {
      ++on_the_way;
    } else {
      wake(s, a.other - 1u);
    }
    return true;
  }
  auto& queue = s.queue[a.service];
  const auto end = std::find_if(queue.begin(), queue.end(), [](Item i) { return i.who == 0; });
  if (end == queue.end() || on_the_way == kLabels - 2) {
    s.broken = "a queue longer than it can be";
    return true;
  }
  *end = {.who = message_of(from), .label = on_the_way};
  if (has(Defect::kSendOvertakes)) std::rotate(queue.begin(), end, end + 1);
  ++on_the_way;
  ++s.charge[from];
  return true;
}

void Rules::deliver_message(State& s, unsigned service) const {
  auto& queue = s.queue[service];
  auto place = queue.begin();
  if (has(Defect::kReceiveTakesLast)) {
    for (auto i = queue.begin(); i != queue.end(); ++i) place = is_message(*i) ? i : place;
  }
  const Item item = *place;
  if (item.label != 0) s.broken = "a message comes twice, or out of turn";
  if (!has(Defect::kReceiveKeepsMessage)) {
    std::copy(place + 1, queue.end(), place);
    queue.back() = {};
  }
  for (Item& other : queue) {
    if (is_message(other)) other.label = static_cast<uint8_t>(other.label - 1) % kLabels;
  }
  --s.on_the_way[service];
  if (!has(Defect::kReceiveKeepsCharge)) --s.charge[sender_of(item)];
}

/// The end of a service: nobody will read what is in its queue.
bool Rules::drop_message(State& s, unsigned service) const {
  auto& queue = s.queue[service];
  const auto first = std::find_if(queue.begin(), queue.end(), is_message);
  if (first == queue.end() || has(Defect::kServerDeathKeepsMessages)) return false;
  if (!has(Defect::kServerDeathKeepsCharge)) --s.charge[sender_of(*first)];
  std::copy(first + 1, queue.end(), first);
  queue.back() = {};
  for (Item& other : queue) {
    if (is_message(other)) --other.label;
  }
  --s.on_the_way[service];
  return true;
}

// --- pages ------------------------------------------------------------------------------------

bool Rules::may_move(const State& s, unsigned process, unsigned pages) const {
  for (unsigned i = 0; i < pages; ++i) {
    const Entry& here = s.home[process][i];
    if (here.frame == 0) return false;
    const bool on_loan = here.lent || s.frames[here.frame - 1u].loans != 0;
    if (on_loan && !has(Defect::kMoveOfLentPage)) return false;
    if (here.access != Access::kWrite && !on_loan) return false;
  }
  return true;
}

void Rules::move(State& s, unsigned from, unsigned to, unsigned pages) const {
  for (unsigned i = 0; i < pages; ++i) {
    Entry& here = s.home[from][i];
    const auto place = std::find(s.moved[to].begin(), s.moved[to].end(), 0);
    if (place == s.moved[to].end()) {
      s.broken = "a process holds more pages than it can";
      return;
    }
    *place = here.frame;
    if (!has(Defect::kMoveKeepsOwner)) {
      s.frames[here.frame - 1u].owner = static_cast<uint8_t>(to);
    }
    if (!has(Defect::kMoveKeepsSendersPage)) here = {};
  }
}

bool Rules::take(State& s, unsigned process) const {
  const auto frame = free_frame(s);
  for (unsigned i = 0; i < shape_.pages[process]; ++i) {
    Entry& here = s.home[process][i];
    if (here.frame != 0) continue;
    if (!frame || held(s, process) >= shape_.quota[process]) return false;  // kNoMemory
    s.frames[*frame] = {.owner = static_cast<uint8_t>(process)};
    here = {.frame = static_cast<uint8_t>(*frame + 1), .access = Access::kWrite};
    return true;
  }
  return false;  // kBusy
}

bool Rules::give_back(State& s, unsigned process) const {
  auto& moved = s.moved[process];
  if (moved[0] == 0) return false;
  if (!has(Defect::kGivingBackLeaksFrame)) release(s, moved[0] - 1u);
  std::copy(moved.begin() + 1, moved.end(), moved.begin());
  moved.back() = 0;
  return true;
}

// --- events -----------------------------------------------------------------------------------

bool Rules::notify(State& s, Action a) const {
  if (s.life[a.service + 1u] != Life::kAlive) return false;  // refused: kNotFound
  if (!receiver_is_right(s, a)) return false;
  s.notified[a.service] |= a.pages;
  s.events[a.service] =
      has(Defect::kEventsReplace) ? a.pages : static_cast<uint8_t>(s.events[a.service] | a.pages);
  if (a.other == 0 || has(Defect::kEventsDoNotWake)) return true;
  wake(s, a.other - 1u);
  deliver_events(s, a.service);
  return true;
}

bool Rules::deliver_events(State& s, unsigned service) const {
  if (s.events[service] == 0) return false;
  if (has(Defect::kEventsAfterQueue) && s.queue[service][0].who != 0) return false;
  if (s.events[service] != s.notified[service]) s.broken = "an event is lost, or comes twice";
  s.notified[service] = 0;
  if (!has(Defect::kEventsStay)) s.events[service] = 0;
  return true;
}

}  // namespace kernel::model
