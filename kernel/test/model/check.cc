// What must hold in every state, and what must be possible from it.
#include <algorithm>

#include "kernel/test/model/model.h"

namespace kernel::model {
namespace {

bool dead_thread(const Thread& t) {
  return t.at == At::kFree || t.at == At::kOrphan;
}

std::string_view wrong_pages(const Shape& shape, const State& s) {
  struct Use {
    unsigned writers = 0, readers = 0, slots = 0, homes = 0, lent = 0;
  };
  std::array<Use, kFrames> uses{};
  const auto use = [&](const Entry& e) {
    Use& u = uses[e.frame - 1u];
    if (e.lent) {
      ++u.lent;
    } else {
      ++(e.access == Access::kWrite ? u.writers : u.readers);
    }
  };
  for (unsigned p = 0; p < kProcesses; ++p) {
    for (unsigned i = 0; i < kPages; ++i) {
      const Entry& e = s.home[p][i];
      if (e.frame == 0) {
        if (s.life[p] == Life::kAlive && i < shape.pages[p] && !shape.moves) {
          return "a page has gone";
        }
        continue;
      }
      if (s.life[p] == Life::kDead) return "a dead process has a page";
      const Frame& frame = s.frames[e.frame - 1u];
      if (frame.owner != p) return "a process has another's frame";
      ++uses[e.frame - 1u].homes;
      if (s.life[p] != Life::kAlive) continue;  // nobody there reaches anything
      use(e);
      const bool constant = i + shape.constants[p] >= shape.pages[p];
      if (e.access == Access::kRead && !constant && (frame.loans == 0 || !frame.writable)) {
        return "an owner stays without the right to write";
      }
      if (e.access == Access::kWrite && (constant || frame.writable)) {
        return "an owner writes what it has lent for reading";
      }
    }
    for (const uint8_t frame : s.moved[p]) {
      if (frame == 0) continue;
      if (s.life[p] == Life::kDead) return "a dead process has a page";
      if (s.frames[frame - 1u].owner != p) return "a process was given another's frame";
      ++uses[frame - 1u].homes;
      uses[frame - 1u].writers += s.life[p] == Life::kAlive;
    }
    if (shape.moves && held(s, p) > shape.quota[p]) return "a process over its quota";
  }
  for (unsigned service = 0; service < kServices; ++service) {
    for (unsigned t = 0; t < shape.threads; ++t) {
      const Thread& lender = s.threads[t];
      const bool lends = lender.loan != 0 && lender.service == service;
      const bool haunts = lender.ghost != 0 && lender.ghost_service == service;
      for (unsigned i = 0; i < kPages; ++i) {
        const Entry& e = s.slot[service][t][i];
        const bool expected = (lends && i < lender.loan) || (haunts && i < lender.ghost);
        if (expected != (e.frame != 0)) {
          return expected ? "a borrower has lost a page" : "a borrower keeps a page";
        }
        if (e.frame == 0) continue;
        if (s.life[service + 1] == Life::kDead) return "a dead borrower has a page";
        use(e);
        ++uses[e.frame - 1u].slots;
        // A loan that is open is the lender's own frame.
        const Entry& home = s.home[shape.process_of[t]][i];
        if (lends && i < lender.loan && home.frame != e.frame) return "a loan of another frame";
        if (lends && i < lender.loan && home.lent != lender.mutably) {
          return "a lender reaches a page that it has lent mutably";
        }
      }
    }
  }
  for (unsigned f = 0; f < shape.frames; ++f) {
    const Frame& frame = s.frames[f];
    const Use& u = uses[f];
    if (u.writers > 1) return "a page in two writable hands";
    if (u.writers == 1 && u.readers != 0) return "a page is written while others read it";
    if (u.lent != 0 && (u.lent != 1 || u.writers != 1)) return "a lent page is with nobody";
    if (frame.loans != u.slots) return "loans counted wrongly";
    if (frame.owner == Frame::kFree) {
      if (u.homes != 0 || u.slots != 0) return "a free frame is mapped";
    } else if (frame.owner == Frame::kOrphan) {
      if (u.slots == 0) return "a frame is lost";
      if (u.homes != 0) return "nobody's frame is at home";
    } else if (u.homes != 1) {
      return "a frame is lost, or mapped twice";
    }
  }
  return {};
}

std::string_view wrong_calls(const Shape& shape, const State& s) {
  std::array<unsigned, kThreads> served{}, queued{};
  for (unsigned t = 0; t < shape.threads; ++t) {
    const Thread& x = s.threads[t];
    const Life life = s.life[shape.process_of[t]];
    if (life == Life::kDead && !dead_thread(x)) return "a dead process has a thread";
    if (life == Life::kEnding && !dead_thread(x)) return "an ending process has a thread";
    const bool in_call = x.at == At::kQueued || x.at == At::kAwaiting;
    if (x.loan != 0 && !in_call && x.at != At::kWithdrawing) return "a loan without a call";
    if ((x.loan != 0) != x.loan_open && !dead_thread(x)) return "a loan is not what it was";
    if (x.at == At::kOrphan && x.ghost == 0) return "an orphan of nothing";
    if (x.at == At::kFree && x.ghost != 0) return "a ghost of nobody";
    if (x.timed && !in_call && x.at != At::kReceiving) return "a deadline of nothing";
    if (x.serving != 0) {
      const Thread& caller = s.threads[x.serving - 1u];
      if (x.at == At::kReceiving || dead_thread(x)) return "a thread serves and receives";
      if (caller.at != At::kAwaiting) return "a thread serves one who does not wait";
      if (shape.process_of[t] != caller.service + 1u) return "a thread serves a stranger";
      if (++served[x.serving - 1u] > 1) return "two threads serve one call";
    }
    if (in_call && s.life[x.service + 1] == Life::kDead) return "a caller waits for the dead";
    if (x.at == At::kReceiving) {
      if (shape.process_of[t] != x.service + 1u) return "a thread receives for another";
      if (s.queue[x.service][0].who != 0) return "a receiver waits while something is queued";
      if (s.notified[x.service] != 0) return "a receiver waits while an event does";
    }
  }
  for (unsigned service = 0; service < kServices; ++service) {
    for (const Item item : s.queue[service]) {
      if (item.who == 0 || is_message(item)) continue;
      const unsigned t = item.who - 1u;
      const Thread& x = s.threads[t];
      if (x.at != At::kQueued || x.service != service) return "a queue holds one who left";
      if (++queued[t] > 1) return "a caller is queued twice";
    }
  }
  for (unsigned t = 0; t < shape.threads; ++t) {
    if (s.threads[t].at == At::kQueued && queued[t] == 0) return "a caller in no queue";
  }
  return {};
}

std::string_view wrong_messages(const Shape& shape, const State& s) {
  std::array<unsigned, kProcesses> sent{};
  for (unsigned service = 0; service < kServices; ++service) {
    unsigned count = 0;
    for (const Item item : s.queue[service]) {
      if (!is_message(item)) continue;
      ++sent[sender_of(item)];
      if (item.label != count++) return "messages out of order, or one is lost or comes again";
    }
    if (count != s.on_the_way[service]) return "a message is lost, or comes again";
    if (s.events[service] != s.notified[service]) return "an event is lost, or comes again";
    if (s.life[service + 1] != Life::kDead) continue;
    if (count != 0) return "a dead server has messages";
    if (s.events[service] != 0) return "a dead server has events";
  }
  for (unsigned p = 0; p < kProcesses; ++p) {
    if (s.charge[p] != sent[p]) return "messages charged wrongly";
    if (s.charge[p] > shape.messages) return "a sender over its limit";
  }
  return {};
}

/// A thread that could act for process `p` now.
std::optional<unsigned> runner(const Shape& shape, const State& s, unsigned p) {
  if (s.life[p] != Life::kAlive) return {};
  for (unsigned t = 0; t < shape.threads; ++t) {
    if (shape.process_of[t] == p && s.threads[t].at == At::kRunnable) return t;
  }
  return {};
}

bool no_frame(const Shape& shape, const State& s) {
  return std::none_of(s.frames.begin(), s.frames.begin() + shape.frames,
                      [](const Frame& f) { return f.owner == Frame::kFree; });
}

std::string_view answer_lost(const Rules& rules, const State& s, unsigned thread) {
  const Thread& self = s.threads[thread];
  const auto server = runner(rules.shape(), s, self.service + 1u);
  if (!server || std::count(s.life.begin(), s.life.end(), Life::kDying) != 0) return {};
  State next = s;
  for (unsigned tries = 0; next.threads[thread].at == At::kQueued && tries <= kPlaces; ++tries) {
    if (!rules.apply(next, {.verb = Verb::kReceive,
                            .thread = static_cast<uint8_t>(*server),
                            .service = self.service})) {
      break;
    }
  }
  if (next.threads[thread].at != At::kAwaiting) return "a queued call is never received";
  const bool done = rules.apply(next, {.verb = Verb::kReply,
                                       .thread = static_cast<uint8_t>(*server),
                                       .other = static_cast<uint8_t>(thread)});
  if (!done || next.threads[thread].at != At::kRunnable) return "an answer is lost";
  return next.broken;
}

/// Whoever goes on receiving gets all that is there, and then waits.
std::string_view message_lost(const Rules& rules, const State& s, unsigned service) {
  const auto server = runner(rules.shape(), s, service + 1u);
  if (!server || std::count(s.life.begin(), s.life.end(), Life::kDying) != 0) return {};
  State next = s;
  unsigned tries = 0;
  while (next.queue[service][0].who != 0 || next.events[service] != 0) {
    if (++tries > kPlaces + 1) return "a message is never received";
    rules.apply(next, {.verb = Verb::kReceive,
                       .thread = static_cast<uint8_t>(*server),
                       .service = static_cast<uint8_t>(service)});
    if (!next.broken.empty()) return next.broken;
  }
  return wrong_messages(rules.shape(), next);
}

std::string_view death_unresolved(const Rules& rules, const State& s, unsigned process) {
  State next = s;
  for (unsigned p = 0; p < kProcesses; ++p) {  // one death at a time has the processor
    while (next.life[p] == Life::kDying) {
      rules.apply(next, {.verb = Verb::kEnd, .service = static_cast<uint8_t>(p)});
    }
  }
  rules.apply(next, {.verb = Verb::kKill, .service = static_cast<uint8_t>(process)});
  if (!rules.drain(next)) return "the worker never ends";
  if (!next.broken.empty()) return next.broken;
  if (next.life[process] != Life::kDead) return "a process does not get to its end";
  for (unsigned t = 0; t < rules.shape().threads; ++t) {
    const Thread& x = next.threads[t];
    const bool in_call = x.at == At::kQueued || x.at == At::kAwaiting;
    if (in_call && x.service + 1u == process) return "a caller of the dead is not told";
  }
  return wrong(rules.shape(), next);
}
}  // namespace

std::string_view wrong(const Shape& shape, const State& s) {
  if (const std::string_view calls = wrong_calls(shape, s); !calls.empty()) return calls;
  if (const std::string_view messages = wrong_messages(shape, s); !messages.empty()) {
    return messages;
  }
  return wrong_pages(shape, s);
}

std::string_view stuck(const Rules& rules, const State& s) {
  const Shape& shape = rules.shape();
  for (unsigned t = 0; t < shape.threads; ++t) {
    const Thread& x = s.threads[t];
    if (x.at != At::kQueued && x.at != At::kAwaiting) continue;
    if (const std::string_view lost = answer_lost(rules, s, t); !lost.empty()) return lost;
    if (!x.timed) continue;
    State next = s;
    rules.apply(next, {.verb = Verb::kTimeOut, .thread = static_cast<uint8_t>(t)});
    if (!rules.drain(next)) return "the worker never ends";
    if (!next.broken.empty()) return next.broken;
    const Thread& after = next.threads[t];
    const bool waits_for_a_frame = after.at == At::kWithdrawing && no_frame(shape, next);
    if (after.at != At::kRunnable && !dead_thread(after) && !waits_for_a_frame) {
      return "a time-out does not end the wait";
    }
  }
  for (unsigned service = 0; service < kServices; ++service) {
    const std::string_view lost = message_lost(rules, s, service);
    if (!lost.empty()) return lost;
  }
  State last = s;
  for (unsigned p = 0; p < kProcesses; ++p) {
    const std::string_view why = death_unresolved(rules, s, p);
    if (!why.empty()) return why;
    rules.drain(last);
    rules.apply(last, {.verb = Verb::kKill, .service = static_cast<uint8_t>(p)});
  }
  rules.drain(last);
  for (unsigned f = 0; f < shape.frames; ++f) {
    if (last.frames[f].owner != Frame::kFree) return "a frame outlives everybody";
  }
  for (const uint8_t charge : last.charge) {
    if (charge != 0) return "a message outlives everybody";
  }
  return last.broken;
}

unsigned deadlocked(const Rules& rules, const State& s) {
  const Shape& shape = rules.shape();
  unsigned live = 0;
  for (unsigned t = 0; t < shape.threads; ++t) {
    const Thread& x = s.threads[t];
    const bool waits = (x.at == At::kQueued || x.at == At::kAwaiting) && !x.timed;
    const bool told = waits && s.life[x.service + 1] != Life::kAlive;
    if ((!waits && !dead_thread(x)) || told || s.life[shape.process_of[t]] != Life::kAlive) {
      live |= 1u << t;
    }
  }
  for (bool more = true; more;) {
    more = false;
    for (unsigned t = 0; t < shape.threads; ++t) {
      const Thread& x = s.threads[t];
      if (live >> t & 1 || dead_thread(x)) continue;
      for (unsigned o = 0; o < shape.threads; ++o) {
        if (shape.process_of[o] != x.service + 1u || !(live >> o & 1) || dead_thread(s.threads[o]))
          continue;
        live |= 1u << t;
        more = true;
        break;
      }
    }
  }
  unsigned result = 0;
  for (unsigned t = 0; t < shape.threads; ++t) {
    if (!(live >> t & 1) && !dead_thread(s.threads[t])) result |= 1u << t;
  }
  return result;
}

}  // namespace kernel::model
