#include "kernel/test/model/replay.h"

#include <algorithm>

namespace kernel::model {
namespace {
using abi::Syscall;
constexpr unsigned kHoarder = kProcesses;      // the process beside the model's, by index
constexpr uint64_t kLong = 3'600'000'000'000;  // no deadline comes by itself
constexpr uint64_t kAll = ~uint64_t{0};
constexpr unsigned kHoard = kServices;  // the service whose messages nobody reads

constexpr uint32_t page_at(unsigned index) {
  return abi::kHeapBase + index * abi::kPageSize;
}

std::vector<test::ProcessPlan> plans(const Shape& shape) {
  std::vector<test::ProcessPlan> result;
  for (unsigned p = 0; p < kProcesses; ++p) {
    const uint32_t quota = shape.moves ? shape.quota[p] : shape.pages[p];
    test::ProcessPlan plan{
        .name = "p" + std::to_string(p), .priority = 8, .quota = quota * abi::kPageSize};
    if (p != 0) plan.grants.push_back(test::may_serve(p - 1));
    for (unsigned s = 0; s <= kServices; ++s) plan.grants.push_back(test::may_connect(s, 0b11));
    result.push_back(plan);
  }
  result.push_back({.name = "hoarder",
                    .grants = {test::may_serve(kHoard),
                               {.kind = abi::GrantKind::kSupervise, .a = abi::kEveryProcess}},
                    .quota = 0x1000'0000});
  return result;
}

abi::Kind kind_of(Kind kind) {
  return kind == Kind::kScalar ? abi::Kind::kCall
                               : (kind == Kind::kLend ? abi::Kind::kLend : abi::Kind::kLendMut);
}
}  // namespace

Replay::Replay(const Shape& shape, uint32_t seed, Defect defect)
    : shape_(shape),
      rules_(shape_, defect),
      random_(seed),
      world_(plans(shape), kServices + 1, 300) {
  world_.prompt = false;
  Kernel& kernel = world_.kernel;
  world_.call(world_.thread(kHoarder), Syscall::kServe, {kHoard});
  for (unsigned t = 0; t < shape_.threads; ++t) {
    const unsigned p = shape_.process_of[t];
    const bool first = t == 0 || shape_.process_of[t - 1] != p;
    bound_[t] =
        first ? &world_.thread(p) : kernel.new_thread(process(p), test::kCode, test::kData, 0, 8);
    if (first && p != 0) {
      world_.call(*bound_[t], Syscall::kServe, {p - 1});
      port_[p] = bound_[t]->context.r[1];
    }
  }
  for (unsigned p = 0; p < kProcesses; ++p) {
    const bool exists =
        std::count(shape_.process_of.begin(), shape_.process_of.begin() + shape_.threads, p) != 0;
    if (exists) {
      map_pages(p);
      set_up(p);
      keep_busy(p);
    } else {
      kernel.end_process(process(p), abi::EndReason::kKilled);
      next();
      while (worker_piece()) continue;
    }
  }
  worker_pieces = 0;
  state_ = rules_.initial();
  hoard();
}

/// The kernel's slots are used again: whoever had it before was long gone.
void Replay::bind(unsigned thread, kernel::Thread* to) {
  std::replace(bound_.begin(), bound_.end(), to, static_cast<kernel::Thread*>(nullptr));
  bound_[thread] = to;
}

/// The model's pages, and those of them that nobody writes.
void Replay::map_pages(unsigned p) {
  for (unsigned i = 0; i < shape_.pages[p]; ++i) {
    kernel::Thread& first = *process(p).threads;
    world_.make_run(first);
    enter(first, Syscall::kMap, {page_at(i), abi::kPageSize});
    base::require(first.context.r[0] == 0);
    if (i + shape_.constants[p] < shape_.pages[p]) continue;
    arch::Page page = arch::page_get(p + 1, page_at(i));
    page.access = arch::Access::kRead;
    base::require(arch::page_set(p + 1, page_at(i), page));
  }
}

/// Leaves a process as many messages as the model allows: the others lie unread where it does not
/// look.
void Replay::keep_busy(unsigned p) {
  for (unsigned i = shape_.messages; i < kMessagesPerSender && shape_.messages != 0; ++i) {
    kernel::Thread& first = *process(p).threads;
    world_.make_run(first);
    enter(first, Syscall::kSend,
          {connections_[p][kHoard], abi::Info::make(abi::Kind::kSend, 1).bits});
    base::require(first.context.r[0] == 0);
  }
}

/// Connects a new process to what is served, by its first thread.
void Replay::set_up(unsigned p) {
  kernel::Thread* first = nullptr;
  for (unsigned t = 0; t < shape_.threads; ++t) {
    if (shape_.process_of[t] == p && bound_[t] && bound_[t]->process == &process(p) &&
        bound_[t]->state == ThreadState::kRunnable) {
      first = bound_[t];
    }
  }
  for (unsigned s = 0; s <= kServices; ++s) {
    // Who is not served now is connected to all the same: the connection outlives its servers.
    Server& server = world_.kernel.servers[s];
    kernel::Process* owner = std::exchange(server.owner, &process(p));
    world_.make_run(*first);
    enter(*first, Syscall::kConnect, {s});
    server.owner = owner;
    connections_[p][s] = first->context.r[1];
  }
}

/// Leaves the kernel as many frames as the model has.
void Replay::hoard() {
  Kernel& kernel = world_.kernel;
  kernel::Process& hoarder = process(kHoarder);
  uint32_t free = 0;
  for (unsigned f = 0; f < shape_.frames; ++f) free += state_.frames[f].owner == Frame::kFree;
  if (kernel.unpromised > free) {
    base::require(kernel.promise(hoarder, kernel.unpromised - free));
  } else {
    kernel.unpromise(hoarder, free - kernel.unpromised);
  }
}

// --- the kernel's steps -----------------------------------------------------------------------

void Replay::enter(kernel::Thread& thread, Syscall number, const std::array<uint32_t, 12>& r) {
  std::copy(r.begin(), r.end(), thread.context.r.begin());
  thread.context.r[12] = static_cast<uint32_t>(number);
  thread.context.pc += 4;
  world_.kernel.system_call(thread);
  next();
}

/// As Kernel::next_thread(), with the worker's pieces left for worker_piece().
void Replay::next() {
  Kernel& kernel = world_.kernel;
  while (kernel.dying != nullptr) kernel.end_some_threads(*kernel.dying);
  kernel.schedule(kernel.current);
}

bool Replay::worker_piece() {
  Kernel& kernel = world_.kernel;
  if (kernel.worker.thread.state != ThreadState::kRunnable) {
    for (kernel::Thread* t : bound_) {  // one that waits for a frame to copy to
      if (t == nullptr || t->state != ThreadState::kWithdrawing) continue;
      kernel.cancel_sleep(*t);
      kernel.time_out(*t);
      break;
    }
    if (kernel.worker.thread.state != ThreadState::kRunnable) return false;
  }
  world_.make_run(kernel.worker.thread);
  kernel.work();
  next();
  ++worker_pieces;
  return true;
}

void Replay::call(const Action& a) {
  std::array<uint32_t, 12> r{};
  r[0] = connections_[shape_.process_of[a.thread]][a.service];
  r[1] = abi::Info::make(kind_of(a.kind), 1).bits;
  r[2] = a.kind == Kind::kScalar ? static_cast<uint32_t>(random_()) : page_at(0);
  r[3] = a.pages * abi::kPageSize - (a.pages != 0 ? below(100) : 0);
  const uint64_t limit = a.wait == Wait::kTimed ? kLong : (a.wait == Wait::kTry ? 0 : kAll);
  r[10] = static_cast<uint32_t>(limit);
  r[11] = static_cast<uint32_t>(limit >> 32);
  const bool plain = a.wait == Wait::kEver && below(2);
  enter(thread(a.thread), plain ? Syscall::kCall : Syscall::kCallTimed, r);
}

/// A queued message. Its third word says how many were sent before it.
void Replay::send(const Action& a) {
  const bool moves = a.pages != 0;
  kernel::Thread& self = thread(a.thread);
  std::array<uint32_t, 12> r{};
  r[0] = connections_[shape_.process_of[a.thread]][a.service];
  r[1] = abi::Info::make(moves ? abi::Kind::kMove : abi::Kind::kSend, 1).bits;
  r[2] = page_at(0);
  r[3] = a.pages * abi::kPageSize - (moves ? below(100) : 0);
  r[4] = sent_[a.service];
  enter(self, Syscall::kSend, r);
  if (self.context.r[0] != 0) return;
  ++sent_[a.service];
}

/// Starts a process anew, which serves again; or is refused because its end is not finished.
void Replay::start(unsigned p) {
  Kernel& kernel = world_.kernel;
  kernel.unpromise(process(kHoarder), process(kHoarder).pages - 1);
  kernel::Thread& supervisor = world_.thread(kHoarder);
  const uint32_t pc = supervisor.context.pc;
  do {
    world_.make_run(supervisor);
    enter(supervisor, Syscall::kProcessStart, {p});
  } while (supervisor.context.pc == pc);
  if (supervisor.context.r[0] != 0) return;
  ++starts;
  map_pages(p);
  for (unsigned t = 0; t < shape_.threads; ++t) {
    if (shape_.process_of[t] != p || state_.threads[t].at != At::kFree) continue;
    bind(t, process(p).threads);
    if (p != 0) {
      world_.make_run(thread(t));
      enter(thread(t), Syscall::kServe, {p - 1});
      port_[p] = thread(t).context.r[1];
    }
    return set_up(p);
  }
}

void Replay::perform(const Action& a) {
  Kernel& kernel = world_.kernel;
  const auto run = [&] { world_.make_run(thread(a.thread)); };
  switch (a.verb) {
    case Verb::kCall:
      run();
      return call(a);
    case Verb::kReceive: {
      run();
      const uint32_t port = port_[shape_.process_of[a.thread]];
      if (a.wait == Wait::kTry) return enter(thread(a.thread), Syscall::kTryReceive, {port});
      const uint64_t limit = a.wait == Wait::kTimed ? kLong : kAll;
      if (a.wait == Wait::kEver && below(2)) {
        return enter(thread(a.thread), Syscall::kReceive, {port});
      }
      return enter(thread(a.thread), Syscall::kReceiveTimed,
                   {port, static_cast<uint32_t>(limit), static_cast<uint32_t>(limit >> 32)});
    }
    case Verb::kReply:
      run();
      return enter(thread(a.thread), Syscall::kReply, {Kernel::token_given(thread(a.other))});
    case Verb::kReplyGhost:
      run();
      ++ghosts_answered;
      return enter(thread(a.thread), below(2) ? Syscall::kReply : Syscall::kReplyReceive,
                   {thread(a.other).ghost.token});
    case Verb::kReplyReceive:
      run();
      return enter(thread(a.thread), Syscall::kReplyReceive,
                   {Kernel::token_given(thread(a.other))});
    case Verb::kTimeOut:
      ++time_outs;
      kernel.cancel_sleep(thread(a.thread));
      kernel.time_out(thread(a.thread));
      return next();
    case Verb::kKill: {
      ++deaths;
      kernel::Thread& killer = world_.thread(kHoarder);
      world_.make_run(killer);
      return enter(killer, Syscall::kKill, {process(a.service).identity});
    }
    case Verb::kThreadExit:
      run();
      enter(thread(a.thread), Syscall::kThreadExit, {});
      kernel.end_thread(thread(a.thread), ThreadState::kFree);  // as one who joins would
      return;
    case Verb::kThreadCreate:
      bind(a.thread,
           kernel.new_thread(process(shape_.process_of[a.thread]), test::kCode, test::kData, 0, 8));
      return next();
    case Verb::kStart:
      return start(a.service);
    case Verb::kSend:
      run();
      return send(a);
    case Verb::kNotify:
      run();
      return enter(thread(a.thread), Syscall::kNotify,
                   {connections_[shape_.process_of[a.thread]][a.service], a.pages});
    case Verb::kTake: {
      const unsigned p = shape_.process_of[a.thread];
      unsigned place = 0;
      while (place < shape_.pages[p] && state_.home[p][place].frame != 0) ++place;
      run();
      return enter(thread(a.thread), Syscall::kMap, {page_at(place), abi::kPageSize});
    }
    case Verb::kGiveBack: {
      const kernel::Process& owner = process(shape_.process_of[a.thread]);
      run();
      return enter(thread(a.thread), Syscall::kUnmap,
                   {arch::page_next(owner.pid, move_base(owner), move_end(owner)), abi::kPageSize});
    }
    case Verb::kWithdraw:
    case Verb::kEnd:
      return;
  }
}

// --- the kernel's state in the model's terms --------------------------------------------------

Entry Replay::entry_at(unsigned pid, uint32_t address, State& s) {
  const arch::Page page = arch::page_get(pid, address);
  if (!page.present()) return {};
  const kernel::Frame& frame = *world_.kernel.frame_of(page.physical);
  auto known = std::find(frames_.begin(), frames_.end(), page.physical);
  if (known == frames_.end()) known = frames_.insert(known, page.physical);
  const auto number = static_cast<uint8_t>(known - frames_.begin());
  if (number < kFrames) {
    s.frames[number] = {.owner = frame.owner == kernel::Frame::kOrphan
                                     ? Frame::kOrphan
                                     : static_cast<uint8_t>(frame.owner - 1),
                        .loans = frame.loans,
                        .writable = frame.writable};
  }
  return {.frame = static_cast<uint8_t>(number + 1),
          .access = page.access == arch::Access::kReadWrite ? Access::kWrite : Access::kRead,
          .lent = page.lent};
}

State Replay::abstract() {
  Kernel& kernel = world_.kernel;
  frames_.clear();
  State s;
  const auto service_of = [&](const Server* server) {
    return static_cast<uint8_t>(server - kernel.servers.data());
  };
  const auto index_of = [&](const kernel::Thread* wanted) {
    const auto found = std::find(bound_.begin(), bound_.end(), wanted);
    return static_cast<uint8_t>(wanted ? found - bound_.begin() + 1 : 0);
  };
  for (unsigned t = 0; t < shape_.threads; ++t) {
    const kernel::Thread* x = bound_[t];
    if (x == nullptr) continue;
    Thread& y = s.threads[t];
    switch (x->state) {
      case ThreadState::kRunnable:
        y.at = At::kRunnable;
        break;
      case ThreadState::kReceiving:
        y.at = At::kReceiving;
        break;
      case ThreadState::kQueued:
        y.at = At::kQueued;
        break;
      case ThreadState::kAwaitingReply:
        y.at = At::kAwaiting;
        break;
      case ThreadState::kWithdrawing:
        y.at = At::kWithdrawing;
        break;
      case ThreadState::kOrphan:
        y.at = At::kOrphan;
        break;
      default:
        continue;
    }
    const bool has_server = y.at != At::kRunnable && y.at != At::kOrphan;
    y.service = has_server ? service_of(x->server) : 0;
    y.timed = y.at != At::kWithdrawing && x->sleep_place != 0;
    y.serving = index_of(x->serving);
    y.loan = static_cast<uint8_t>(x->loan.pages);
    y.mutably = x->loan.mutably;
    y.loan_open = y.loan != 0;
    y.ghost = static_cast<uint8_t>(x->ghost.pages);
    y.ghost_service = y.ghost ? service_of(x->ghost.server) : 0;
  }
  for (unsigned p = 0; p < kProcesses; ++p) {
    const kernel::Process& x = process(p);
    s.life[p] = x.alive                        ? Life::kAlive
                : x.ending == Ending::kNot     ? Life::kDead
                : x.ending == Ending::kThreads ? Life::kDying
                                               : Life::kEnding;
    for (unsigned i = 0; i < shape_.pages[p]; ++i) {
      s.home[p][i] = entry_at(p + 1, page_at(i), s);
    }
    unsigned given = 0;
    for (uint32_t at = move_base(x); given < kMoved; at += abi::kPageSize) {
      at = arch::page_next(x.pid, at, move_end(x));
      if (at == move_end(x)) break;
      s.moved[p][given++] = entry_at(x.pid, at, s).frame;
    }
    if (shape_.messages != 0 && x.messages != 0) {
      s.charge[p] = static_cast<uint8_t>(x.messages - (kMessagesPerSender - shape_.messages));
    }
  }
  for (unsigned service = 0; service < kServices; ++service) {
    const Server& server = kernel.servers[service];
    if (server.owner == nullptr) {  // what is not there any more went with it
      received_[service] = sent_[service];
      for (const Queued* item = server.last; item; item = item->previous) {
        received_[service] -= item->caller == nullptr;
      }
    }
    unsigned place = 0;
    for (const Queued* item = server.first; item && place < kPlaces; item = item->next) {
      Item& here = s.queue[service][place++];
      here.who = index_of(item->caller);
      if (item->caller) continue;
      const auto& message = static_cast<const Message&>(*item);
      here = {.who = message_of(message.sender_pid - 1u),
              .label = static_cast<uint8_t>((message.words[2] - received_[service]) % kLabels)};
    }
    s.on_the_way[service] = static_cast<uint8_t>(sent_[service] - received_[service]);
    s.events[service] = s.notified[service] = static_cast<uint8_t>(server.events);
    for (unsigned t = 0; t < shape_.threads; ++t) {
      if (s.threads[t].at == At::kFree) continue;
      const uint32_t at =
          loan_address(kernel.processes[service + 2], bound_[t]->token & kTokenIndex);
      for (unsigned i = 0; i < kPages; ++i) {
        s.slot[service][t][i] = entry_at(service + 2, at + i * abi::kPageSize, s);
      }
    }
  }
  return s;
}

// --- one step of both -------------------------------------------------------------------------

/// A lend that would end its process: the model has no word for it.
bool Replay::breaks_contract(const Action& a) const {
  if (a.verb == Verb::kSend) {
    return a.pages != 0 && !Rules(shape_).may_move(state_, shape_.process_of[a.thread], a.pages);
  }
  if (a.verb != Verb::kCall || a.kind == Kind::kScalar) return false;
  for (unsigned i = 0; i < a.pages; ++i) {
    const Entry& here = state_.home[shape_.process_of[a.thread]][i];
    if (here.frame == 0 || here.lent) return true;
    const bool writes = here.access == Access::kWrite && state_.frames[here.frame - 1].loans == 0;
    if (a.kind == Kind::kLendMut && !writes) return true;
  }
  return false;
}

std::string Replay::step() {
  std::vector<Action> actions;
  rules_.enabled(state_, actions);
  const Action action = actions[below(static_cast<uint32_t>(actions.size()))];
  // Deaths are rarer here than in the model, so that more lies between them.
  if (action.verb == Verb::kKill && below(4) != 0) return {};
  if (breaks_contract(action)) return {};
  if (action.verb == Verb::kWithdraw || action.verb == Verb::kEnd) return work();
  last_ = describe(shape_, action);
  std::vector<State> expected;
  Action variant = action;
  const bool calls =
      action.verb == Verb::kCall || action.verb == Verb::kSend || action.verb == Verb::kNotify;
  for (unsigned receiver = 0; receiver <= (calls ? shape_.threads : 0); ++receiver) {
    if (calls) variant.other = static_cast<uint8_t>(receiver);
    State next = state_;
    if (rules_.apply(next, variant)) expected.push_back(next);
  }
  if (expected.empty()) {  // refused
    // What the kernel would take another thread or frame for.
    const bool ended = state_.life[action.service] == Life::kDead;
    if (action.verb == Verb::kThreadCreate || (action.verb == Verb::kStart && ended)) return {};
    const unsigned own = shape_.process_of[action.thread];
    if (action.verb == Verb::kGiveBack && state_.moved[own][0] == 0) return {};
    const auto gap =
        std::ranges::find(state_.home[own], 0, &Entry::frame) - state_.home[own].begin();
    if (action.verb == Verb::kTake && gap >= shape_.pages[own]) return {};
    expected.push_back(state_);
  }
  std::vector<unsigned> receivers;
  const bool receives = action.verb == Verb::kReceive || action.verb == Verb::kReplyReceive;
  for (unsigned t = 0; t < shape_.threads; ++t) {
    if (state_.threads[t].at == At::kReceiving || (receives && t == action.thread)) {
      receivers.push_back(t);
    }
  }
  perform(action);
  std::string difference = received(receivers, action);
  if (difference.empty()) difference = compare(expected);
  return difference.empty() ? test::audit(world_) : difference;
}

/// What those who received have in their registers: each message in its turn, all events at once.
std::string Replay::received(const std::vector<unsigned>& threads, const Action& action) {
  for (const unsigned t : threads) {
    const kernel::Thread& self = thread(t);
    const auto& r = self.context.r;
    if (self.state != ThreadState::kRunnable || r[0] != 0 || r[11] != 0) continue;
    const unsigned service = shape_.process_of[t] - 1u;
    const auto kind = abi::Info{r[1]}.kind();
    if (kind != abi::Kind::kSend && kind != abi::Kind::kMove) continue;  // answered, or refused
    if (r[10] == 0) {
      ++events;
      const unsigned fresh = action.verb == Verb::kNotify ? action.pages : 0;
      if (r[2] != (state_.events[service] | fresh)) return "other events than were notified";
      continue;
    }
    ++messages;
    moves += kind == abi::Kind::kMove;
    const kernel::Process& owner = *self.process;  // it may have given the pages back already
    if (kind == abi::Kind::kMove && !lies_in(r[2], r[3], move_base(owner), move_end(owner))) {
      return "moved pages that arrived nowhere";
    }
    if (r[4] != received_[service]++) return "a message lost, twice or out of turn";
  }
  return {};
}

/// One piece of the worker's, or many.
std::string Replay::work() {
  last_ = "the worker works";
  std::string difference;
  for (unsigned pieces = below(3) ? 1 : 60; pieces != 0 && difference.empty(); --pieces) {
    if (!worker_piece()) break;
    std::vector<State> expected{state_};
    difference = compare(expected);
  }
  return difference.empty() ? test::audit(world_) : difference;
}

/// The kernel is in one of these states, or in one that the worker makes of them.
std::string Replay::compare(std::vector<State>& expected) {
  const State now = abstract();
  const Key key = pack(shape_, now);
  std::vector<Key> seen;
  for (size_t i = 0; i < expected.size() && i < 400; ++i) {
    const Key one = pack(shape_, expected[i]);
    if (one == key) {
      state_ = now;
      hoard();
      return {};
    }
    if (std::find(seen.begin(), seen.end(), one) != seen.end()) continue;
    seen.push_back(one);
    std::vector<Action> pieces;
    rules_.worker_enabled(expected[i], pieces);
    for (const Action& piece : pieces) {
      State next = expected[i];
      if (rules_.apply(next, piece)) expected.push_back(next);
    }
  }
  return "the kernel has " + describe(shape_, now) + "\nthe model has " +
         describe(shape_, expected.front());
}

}  // namespace kernel::model
