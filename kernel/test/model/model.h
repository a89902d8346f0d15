// An abstract model of messages, loans, answers, time-outs and death: small enough to visit every
// state that it can reach, close enough that the real kernel can be compared with it step by step.
//
// It leaves out who runs when (any thread that can run may), words and permissions; a queued
// message is its place in what was sent to its service. What the kernel chooses (which waiting
// thread receives, which piece of work comes first) is any of them here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kernel::model {

inline constexpr unsigned kThreads = 4;
inline constexpr unsigned kProcesses = 3;
inline constexpr unsigned kServices = 2;  // service s is served by process s + 1
inline constexpr unsigned kPages = 2;     // of one process: its pages 0 and 1
inline constexpr unsigned kFrames = 6;
inline constexpr unsigned kMoved = 2;   // pages that one process has been given, at most
inline constexpr unsigned kPlaces = 7;  // in a queue
inline constexpr unsigned kLabels = 8;  // more than there are messages on the way

/// What there is and may happen.
struct Shape {
  std::string_view name;
  std::array<uint8_t, kThreads> process_of{};   // in ascending order
  unsigned threads = kThreads;                  // that there are
  std::array<uint8_t, kProcesses> pages{};      // of each process
  std::array<uint8_t, kProcesses> constants{};  // of them, the last ones, that it cannot write
  uint8_t frames = kFrames;                     // in all; what is too few for a copy is met too
  bool lends_for_reading = true;
  bool deadlines = true;  // timed calls and receives, tries
  bool restarts = true;
  bool thread_ends = true;  // single threads end and are made
  bool self_calls = false;  // a process may call itself
  bool calls = true;
  uint8_t messages = 0;  // that one sender may have unread; 0: nobody sends
  bool events = false;   // notifications
  bool moves = false;    // messages carry pages; pages are given back and taken anew
  /// Pages that a process may hold, where there are moves.
  std::array<uint8_t, kProcesses> quota{};
};

enum class At : uint8_t {
  kFree,
  kRunnable,
  kReceiving,
  kQueued,       // its call has not been received
  kAwaiting,     // its call has been received
  kWithdrawing,  // its call timed out; the worker is copying its pages for the server
  kOrphan,       // dead, but a server still has pages in its name
};
enum class Life : uint8_t {
  kDead,
  kAlive,
  kDying,   // its threads are being taken off; nobody runs until they are
  kEnding,  // its servers' callers are told, its pages freed; others run meanwhile
};
enum class Access : uint8_t { kNone, kRead, kWrite };

struct Entry {
  uint8_t frame = 0;  // number + 1; 0: nothing is there
  Access access = Access::kNone;
  bool lent = false;
};

struct Thread {
  At at = At::kFree;
  uint8_t service = 0;  // called or received from, unless it runs
  bool timed = false;   // it has a deadline
  uint8_t serving = 0;  // thread + 1 that it owes an answer and has not put off
  uint8_t loan = 0;     // pages lent, from page 0 on, that it has not got back
  bool mutably = false;
  uint8_t ghost = 0;  // pages that a server still has, or will have at the end of a withdrawal
  uint8_t ghost_service = 0;
  // History, for what must hold: the present token has ended a call already; a loan is open.
  bool token_used = false;
  bool loan_open = false;
};

struct Frame {
  static constexpr uint8_t kFree = 7, kOrphan = 6;  // else: a process
  uint8_t owner = kFree;
  uint8_t loans = 0;
  bool writable = false;  // the owner may write it when no loan has it
};

/// A place in a queue.
struct Item {
  uint8_t who = 0;    // a caller, its thread + 1; or a message, by its sender; 0: nobody
  uint8_t label = 0;  // of a message: how many that were sent before it have not been received
};
constexpr uint8_t message_of(unsigned process) {
  return static_cast<uint8_t>(kThreads + 1 + process);
}
constexpr bool is_message(Item item) {
  return item.who > kThreads;
}
constexpr unsigned sender_of(Item item) {
  return item.who - kThreads - 1u;
}

struct State {
  std::array<Thread, kThreads> threads{};
  std::array<std::array<Item, kPlaces>, kServices> queue{};
  std::array<uint8_t, kProcesses> charge{};  // messages that it has sent and nobody has read
  std::array<uint8_t, kServices> events{};   // bits that wait to be delivered
  // History: messages sent and not received, bits notified and not delivered.
  std::array<uint8_t, kServices> on_the_way{}, notified{};
  std::array<Life, kProcesses> life{};
  std::array<std::array<Entry, kPages>, kProcesses> home{};
  /// Frames (number + 1) of pages that a process has been given; it may write them.
  std::array<std::array<uint8_t, kMoved>, kProcesses> moved{};
  /// Where pages lent by a thread stand in the process of a service.
  std::array<std::array<std::array<Entry, kPages>, kThreads>, kServices> slot{};
  std::array<Frame, kFrames> frames{};
  /// What a rule found to be impossible; empty: nothing. No part of the state.
  std::string_view broken{};
};

enum class Verb : uint8_t {
  kCall,          // thread, service, kind, wait, other: the receiver + 1, or 0: none waits
  kReceive,       // thread, service, wait
  kReply,         // thread answers the call of `other`
  kReplyGhost,    // thread answers the call that left `other`'s ghost
  kReplyReceive,  // kReply, then kReceive
  kTimeOut,       // thread's deadline has come
  kWithdraw,      // the worker: one page of thread's
  kKill,          // process `service` dies
  kEnd,           // one piece of its end; `other`: the caller + 1 that is told, kDropMessage, or 0
  kStart,         // it is started anew and serves again
  kThreadExit,    // thread ends, its process lives
  kThreadCreate,  // a thread comes to be
  kSend,          // thread, service, pages: that move, other: the receiver + 1, or 0
  kNotify,        // thread, service, pages: the bit, other: the receiver + 1, or 0
  kTake,          // thread's process takes a page where it gave one away
  kGiveBack,      // thread's process gives back a page that it was given
};
inline constexpr uint8_t kDropMessage = kThreads + 1;  // `other` of kEnd: the first in the queue
enum class Kind : uint8_t { kScalar, kLend, kLendMut };
enum class Wait : uint8_t { kEver, kTimed, kTry };

struct Action {
  Verb verb{};
  uint8_t thread = 0;
  uint8_t service = 0;
  uint8_t other = 0;
  Kind kind{};
  uint8_t pages = 0;
  Wait wait{};
};

/// Mistakes that can be put into the rules, to show that each would be found.
enum class Defect : uint8_t {
  kNone,
  kAnswerKeepsToken,
  kTimeOutKeepsToken,
  kTimeOutStaysQueued,
  kTimeOutForgetsQueuedLoan,
  kTimeOutSharesPage,
  kTimeOutLeavesNoGhost,
  kMutableLoanStaysReachable,
  kReadLoanStaysWritable,
  kLoanEndKeepsBorrowersPage,
  kLoanEndForgetsLender,
  kLoanEndRestoresTooEarly,
  kServerDeathForgetsReceived,
  kServerDeathForgetsQueued,
  kServerDeathForgetsGhosts,
  kServerDeathForgetsWithdrawing,
  kClientDeathFreesLentPages,
  kClientDeathStaysQueued,
  kClientDeathForgetsQueuedLoan,
  kClientDeathKeepsCaller,
  kGhostEndLeaksFrame,
  kGhostEndTwice,
  kGhostAllowsAnotherLoan,
  kGhostLeavesSlotToAnother,
  kStrangerMayAnswer,
  kPutOffLosesCaller,
  kReceiverKeepsServing,
  kThreadExitLosesCaller,
  kReceiveIgnoresQueue,
  kStartBeforeTheEnd,
  kDeathDuringWithdrawalFreesAll,
  // Of messages, events and moved pages.
  kSendIgnoresLimit,
  kSendOvertakes,
  kSendForgetsReceiver,
  kReceiveKeepsMessage,
  kReceiveKeepsCharge,
  kReceiveTakesLast,
  kServerDeathKeepsMessages,
  kServerDeathKeepsCharge,
  kSenderDeathTakesMessages,
  kSenderDeathReturnsCharge,
  kEventsReplace,
  kEventsAfterQueue,
  kEventsStay,
  kEventsDoNotWake,
  kServerDeathKeepsEvents,
  kMoveKeepsSendersPage,
  kMoveKeepsOwner,
  kMoveIgnoresQuota,
  kMoveOfLentPage,
  kGivingBackLeaksFrame,
  kDeathForgetsMovedPages,
  kCount,
  kFirstOfMessages = kSendIgnoresLimit,
};
std::string_view name_of(Defect);

/// The rules. A state is changed in place; a precondition that does not hold leaves it as it is and
/// returns false (the action is not possible, or is refused with no effect).
class Rules {
 public:
  explicit Rules(const Shape& shape, Defect defect = Defect::kNone)
      : shape_(shape), defect_(defect) {}

  State initial() const;
  bool apply(State&, Action) const;
  /// Everything that may happen in a state.
  void enabled(const State&, std::vector<Action>&) const;
  /// What the worker may do. Empty: nothing is left to it.
  void worker_enabled(const State&, std::vector<Action>&) const;
  /// Does all of the worker's pieces. False: it never gets to an end.
  bool drain(State&) const;
  /// Whether a process may give its first pages away.
  bool may_move(const State&, unsigned process, unsigned pages) const;
  const Shape& shape() const { return shape_; }
  unsigned process_of(unsigned thread) const { return shape_.process_of[thread]; }

 private:
  bool has(Defect defect) const { return defect_ == defect; }
  bool call(State&, Action) const;
  bool receive(State&, unsigned thread, unsigned service, Wait) const;
  bool reply(State&, unsigned thread, unsigned caller) const;
  bool reply_ghost(State&, unsigned thread, unsigned lender) const;
  bool time_out(State&, unsigned thread) const;
  bool withdraw(State&, unsigned thread) const;
  bool end_piece(State&, unsigned process, unsigned caller) const;
  /// Whether the end of a service has something to do with a thread, and that done.
  bool is_left(const State&, unsigned thread, unsigned service) const;
  bool end_service_of(State&, unsigned service, unsigned thread) const;
  bool start(State&, unsigned process) const;

  void lend(State&, unsigned thread, unsigned service, unsigned pages, bool mutably) const;
  void end_loan_page(State&, unsigned thread, unsigned page) const;
  void end_loan(State&, unsigned thread) const;
  void finish_withdrawal(State&, unsigned thread) const;
  void leave_ghost(State&, unsigned thread) const;
  void end_ghost(State&, unsigned thread) const;
  void give(State&, unsigned caller, unsigned receiver) const;
  void end_call(State&, unsigned caller) const;
  void end_thread(State&, unsigned thread) const;
  void drop_loan(State&, uint8_t frame) const;
  std::optional<unsigned> free_frame(const State&) const;
  static void release(State&, unsigned frame);
  void put_off(State&, unsigned thread) const;
  // messages.cc
  bool send(State&, Action) const;
  bool notify(State&, Action) const;
  bool take(State&, unsigned process) const;
  bool give_back(State&, unsigned process) const;
  /// Whether a receive gets events or a message, and that done.
  bool deliver_events(State&, unsigned service) const;
  void deliver_message(State&, unsigned service) const;
  bool drop_message(State&, unsigned service) const;
  void move(State&, unsigned from, unsigned to, unsigned pages) const;
  /// Whether `a.other` says rightly who receives, or that nobody waits.
  bool receiver_is_right(const State&, Action a) const;
  void wake(State&, unsigned receiver) const;

  const Shape& shape_;
  Defect defect_;
};

/// What must hold in every state. Empty, or what does not.
std::string_view wrong(const Shape&, const State&);
/// What must be possible from every state: answers arrive, time-outs and deaths resolve every wait.
/// Empty, or what is not.
std::string_view stuck(const Rules&, const State&);
/// Threads that wait for each other in a circle with no deadline in it: bit n for thread n.
unsigned deadlocked(const Rules&, const State&);

/// Pages that a process holds.
unsigned held(const State&, unsigned process);

/// A state in few bits, the same for all states that differ only in the names of free choice: of
/// frames, and of the threads of one process.
using Key = std::array<uint64_t, 6>;
Key pack(const Shape&, const State&);
State unpack(const Key&);

std::string describe(const Shape&, Action);
std::string describe(const Shape&, const State&);

}  // namespace kernel::model
