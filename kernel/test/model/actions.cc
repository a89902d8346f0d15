// Which actions there are, and their names.
#include "kernel/test/model/model.h"

namespace kernel::model {
namespace {
constexpr std::string_view kVerbs[] = {"call",
                                       "receive",
                                       "reply",
                                       "reply to a ghost",
                                       "reply and receive",
                                       "time-out",
                                       "withdraw a page",
                                       "kill",
                                       "end a piece",
                                       "start",
                                       "thread exit",
                                       "thread create",
                                       "send",
                                       "notify",
                                       "take a page",
                                       "give a page back"};
constexpr std::string_view kDefects[] = {
    "none",
    "an answer keeps the token",
    "a time-out keeps the token",
    "a timed-out caller stays in the queue",
    "a timed-out caller's unheard loan stays",
    "a time-out leaves the server the lender's own page",
    "a time-out leaves no ghost",
    "a mutably lent page stays reachable",
    "a page lent for reading stays writable",
    "the end of a loan leaves the page with the borrower",
    "the end of a loan does not give the page back",
    "the end of one of two loans makes the page writable",
    "a server's death forgets received callers",
    "a server's death forgets queued callers",
    "a server's death forgets ghosts",
    "a server's death forgets callers being withdrawn",
    "a client's death frees pages on loan",
    "a dead client stays in the queue",
    "a dead client's unheard loan stays",
    "a server thread goes on serving the dead",
    "the end of a ghost leaks its frame",
    "the end of a ghost frees its frame twice",
    "a thread with a ghost lends again",
    "a dead thread's slot is used while it has a ghost",
    "a stranger may answer",
    "putting a call off loses it",
    "a receiver goes on serving the one it put off",
    "a server thread's exit loses its caller",
    "a receiver ignores the queue",
    "a process starts before its end is finished",
    "death during a withdrawal frees every page",
    "a send ignores the sender's limit",
    "a message goes to the queue's front",
    "a send forgets the receiver that waits",
    "a received message stays in the queue",
    "a received message stays charged",
    "a receive takes the last message",
    "a server's death keeps its messages",
    "a server's death keeps its messages charged",
    "a sender's death takes its messages along",
    "a sender's death returns the charge of what is queued",
    "an event replaces the last",
    "events come after the queue",
    "events are delivered again",
    "an event does not wake the receiver",
    "a server's death keeps its events",
    "a moved page stays with the sender",
    "a moved page keeps its owner",
    "a move ignores the receiver's quota",
    "a page on loan is moved",
    "giving a page back leaks its frame",
    "a death forgets pages that were moved",
};
static_assert(std::size(kDefects) == static_cast<size_t>(Defect::kCount));

/// `a`, with each thread that may receive it.
void add_for_receivers(const Shape& shape, const State& s, Action a, std::vector<Action>& out) {
  bool waits = false;
  for (unsigned r = 0; r < shape.threads; ++r) {
    if (s.threads[r].at != At::kReceiving || s.threads[r].service != a.service) continue;
    waits = true;
    a.other = static_cast<uint8_t>(r + 1);
    out.push_back(a);
  }
  if (!waits) out.push_back(a);
}

/// Calls of one thread, to one service, by one wait.
void add_calls(const Shape& shape, const State& s, unsigned thread, unsigned service, Wait wait,
               std::vector<Action>& out) {
  const unsigned process = shape.process_of[thread];
  const auto add = [&](Kind kind, unsigned pages) {
    Action a{.verb = Verb::kCall,
             .thread = static_cast<uint8_t>(thread),
             .service = static_cast<uint8_t>(service),
             .kind = kind,
             .pages = static_cast<uint8_t>(pages),
             .wait = wait};
    add_for_receivers(shape, s, a, out);
  };
  add(Kind::kScalar, 0);
  for (unsigned pages = 1; pages <= shape.pages[process]; ++pages) {
    if (shape.lends_for_reading) add(Kind::kLend, pages);
    add(Kind::kLendMut, pages);
  }
}

/// What one thread may send to one service.
void add_messages(const Shape& shape, const State& s, unsigned thread, unsigned service,
                  std::vector<Action>& out) {
  Action a{.verb = Verb::kSend,
           .thread = static_cast<uint8_t>(thread),
           .service = static_cast<uint8_t>(service)};
  const unsigned most = shape.moves ? shape.pages[shape.process_of[thread]] : 0;
  for (unsigned pages = 0; shape.messages != 0 && pages <= most; ++pages) {
    a.pages = static_cast<uint8_t>(pages);
    add_for_receivers(shape, s, a, out);
  }
  a.verb = Verb::kNotify;
  for (const uint8_t bit : {uint8_t{1}, uint8_t{2}}) {
    a.pages = bit;
    if (shape.events) add_for_receivers(shape, s, a, out);
  }
}
}  // namespace

std::string_view name_of(Defect defect) {
  return kDefects[static_cast<size_t>(defect)];
}

void Rules::worker_enabled(const State& s, std::vector<Action>& out) const {
  for (unsigned p = 0; p < kProcesses; ++p) {
    if (s.life[p] != Life::kDying && s.life[p] != Life::kEnding) continue;
    Action piece{.verb = Verb::kEnd, .service = static_cast<uint8_t>(p)};
    out.push_back(piece);
    for (unsigned t = 0; p != 0 && s.life[p] == Life::kEnding && t < shape_.threads; ++t) {
      piece.other = static_cast<uint8_t>(t + 1);
      if (is_left(s, t, p - 1)) out.push_back(piece);
    }
    piece.other = kDropMessage;
    if (p != 0 && shape_.messages != 0 && s.life[p] == Life::kEnding) out.push_back(piece);
  }
  for (unsigned t = 0; t < shape_.threads; ++t) {
    if (s.threads[t].at == At::kWithdrawing) {
      out.push_back({.verb = Verb::kWithdraw, .thread = static_cast<uint8_t>(t)});
    }
  }
}

void Rules::enabled(const State& s, std::vector<Action>& out) const {
  worker_enabled(s, out);
  for (unsigned p = 0; p < kProcesses; ++p) {
    const auto process = static_cast<uint8_t>(p);
    if (s.life[p] == Life::kAlive) out.push_back({.verb = Verb::kKill, .service = process});
    bool exists = false;
    for (unsigned t = 0; t < shape_.threads; ++t) exists |= process_of(t) == p;
    if (exists && s.life[p] != Life::kAlive && shape_.restarts) {
      out.push_back({.verb = Verb::kStart, .service = process});
    }
  }
  for (unsigned t = 0; t < shape_.threads; ++t) {
    const auto thread = static_cast<uint8_t>(t);
    const unsigned process = process_of(t);
    const Thread& self = s.threads[t];
    if (self.timed) out.push_back({.verb = Verb::kTimeOut, .thread = thread});
    if (s.life[process] != Life::kAlive) continue;
    if (self.at == At::kFree || self.at == At::kOrphan) {
      out.push_back({.verb = Verb::kThreadCreate, .thread = thread});
    }
    if (self.at != At::kRunnable) continue;
    bool alone = true;
    for (unsigned o = 0; o < shape_.threads; ++o) {
      const At at = s.threads[o].at;
      alone &= o == t || process_of(o) != process || at == At::kFree || at == At::kOrphan;
    }
    if (!alone && shape_.thread_ends) out.push_back({.verb = Verb::kThreadExit, .thread = thread});
    for (unsigned service = 0; service < kServices; ++service) {
      const bool own = process == service + 1;
      if (!own || shape_.self_calls) add_messages(shape_, s, t, service, out);
      if (shape_.calls && (!own || shape_.self_calls)) {
        add_calls(shape_, s, t, service, Wait::kEver, out);
        if (shape_.deadlines) add_calls(shape_, s, t, service, Wait::kTimed, out);
      }
      if (!own) continue;
      Action a{.verb = Verb::kReceive, .thread = thread, .service = static_cast<uint8_t>(service)};
      out.push_back(a);
      if (!shape_.deadlines) continue;
      a.wait = Wait::kTimed;
      out.push_back(a);
      a.wait = Wait::kTry;
      out.push_back(a);
    }
    if (shape_.moves) {
      out.push_back({.verb = Verb::kTake, .thread = thread});
      out.push_back({.verb = Verb::kGiveBack, .thread = thread});
    }
    // Any token, its own or not: the rules say which are good.
    for (unsigned o = 0; o < shape_.threads; ++o) {
      const auto other = static_cast<uint8_t>(o);
      if (s.threads[o].at == At::kAwaiting) {
        out.push_back({.verb = Verb::kReply, .thread = thread, .other = other});
        out.push_back({.verb = Verb::kReplyReceive, .thread = thread, .other = other});
      }
      if (s.threads[o].ghost != 0) {
        out.push_back({.verb = Verb::kReplyGhost, .thread = thread, .other = other});
      }
    }
  }
}

bool Rules::drain(State& s) const {
  std::vector<Action> todo;
  for (unsigned pieces = 0; pieces < 100; ++pieces) {
    todo.clear();
    worker_enabled(s, todo);
    bool did = false;
    for (const Action& a : todo) {
      if (did = apply(s, a); did) break;
    }
    if (!did) return true;
  }
  return false;
}

std::string describe(const Shape& shape, Action a) {
  const auto number = [](unsigned n) { return std::to_string(n); };
  std::string text(kVerbs[static_cast<size_t>(a.verb)]);
  if (a.verb == Verb::kKill || a.verb == Verb::kEnd || a.verb == Verb::kStart) {
    return text + ": process " + number(a.service);
  }
  text += ": thread " + number(a.thread) + " of process " + number(shape.process_of[a.thread]);
  const bool queues = a.verb == Verb::kSend || a.verb == Verb::kNotify;
  if (a.verb == Verb::kCall || a.verb == Verb::kReceive || queues) {
    text += ", service " + number(a.service);
    if (a.wait != Wait::kEver) text += a.wait == Wait::kTimed ? ", timed" : ", try";
  }
  if (a.kind == Kind::kLend) text += ", lends " + number(a.pages) + " for reading";
  if (a.kind == Kind::kLendMut) text += ", lends " + number(a.pages) + " mutably";
  if (a.verb == Verb::kSend && a.pages) text += ", moves " + number(a.pages);
  if (a.verb == Verb::kNotify) text += ", bit " + number(a.pages);
  if ((a.verb == Verb::kCall || queues) && a.other)
    text += ", received by thread " + number(a.other - 1u);
  if (a.verb == Verb::kReply || a.verb == Verb::kReplyGhost || a.verb == Verb::kReplyReceive) {
    text += ", caller thread " + number(a.other);
  }
  return text;
}

std::string describe(const Shape& shape, const State& s) {
  constexpr std::string_view kAt[] = {"free",     "runs",        "receives", "queued",
                                      "awaiting", "withdrawing", "orphan"};
  constexpr std::string_view kLife[] = {"dead", "alive", "dying", "ending"};
  const auto number = [](unsigned n) { return std::to_string(n); };
  const auto entry = [&](const Entry& e) {
    if (e.frame == 0) return std::string("-");
    return std::string(e.access == Access::kWrite ? "w" : "r") + number(e.frame - 1u) +
           (e.lent ? "*" : "");
  };
  std::string text;
  for (unsigned t = 0; t < shape.threads; ++t) {
    const Thread& x = s.threads[t];
    text += "t" + number(t) + " " + std::string(kAt[static_cast<size_t>(x.at)]);
    if (x.service || x.at > At::kRunnable) text += " s" + number(x.service);
    if (x.timed) text += " timed";
    if (x.serving) text += " serves t" + number(x.serving - 1u);
    if (x.loan) text += (x.mutably ? " lent! " : " lent ") + number(x.loan);
    if (x.ghost) text += " ghost " + number(x.ghost) + " at s" + number(x.ghost_service);
    for (unsigned v = 0; v < kServices; ++v) {
      for (const Entry& e : s.slot[v][t]) {
        if (e.frame) text += " [s" + number(v) + " has " + entry(e) + "]";
      }
    }
    text += "; ";
  }
  for (unsigned p = 0; p < kProcesses; ++p) {
    text += "p" + number(p) + " " + std::string(kLife[static_cast<size_t>(s.life[p])]);
    for (const Entry& e : s.home[p]) text += " " + entry(e);
    for (const uint8_t frame : s.moved[p]) {
      if (frame) text += " given " + number(frame - 1u);
    }
    if (s.charge[p]) text += " charged " + number(s.charge[p]);
    text += "; ";
  }
  for (unsigned v = 0; v < kServices; ++v) {
    text += "q" + number(v);
    for (const Item item : s.queue[v]) {
      if (is_message(item)) {
        text += " m" + number(item.label) + " of p" + number(sender_of(item));
      } else if (item.who) {
        text += " t" + number(item.who - 1u);
      }
    }
    if (s.events[v]) text += " events " + number(s.events[v]);
    if (s.on_the_way[v]) text += ", " + number(s.on_the_way[v]) + " on the way";
    text += "; ";
  }
  for (unsigned f = 0; f < shape.frames; ++f) {
    const Frame& x = s.frames[f];
    text += "f" + number(f) + (x.owner == Frame::kFree ? " free" : " of " + number(x.owner));
    if (x.loans) text += " loans " + number(x.loans);
    if (x.writable) text += " w";
    text += "; ";
  }
  return text;
}

}  // namespace kernel::model
