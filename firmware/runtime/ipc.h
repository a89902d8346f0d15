// Calls and service over an interface's declaration (firmware/runtime/interface.h).
//
// A client:   ipc::Client<Random> random(connection);
//             TRY(random.call(Random::Fill{.out = buffer}));
//             random.call(Random::Fill{.out = buffer}, ipc::Within{50ms})   // or kTimeout
// A server has one `handle` per method: it answers at once,
//             base::Result<void> handle(const Random::Fill&, ipc::Caller);
// or keeps the promise and answers later, from any thread of its process:
//             void handle(const Random::Fill&, ipc::Caller, ipc::Promise<Random::Fill>);
// and runs in ipc::serve<Random>(port, server). It may also have
//             void notified(uint32_t bits);         what clients set with Client::notify, merged
//             base::Duration patience();            how long to wait for the next message; past
//             void idle();                          that, this is called
#pragma once

#include <concepts>
#include <utility>

#include "base/result.h"
#include "firmware/runtime/interface.h"
#include "firmware/runtime/message.h"
#include "runtime/port.h"  // firmware/runtime/target/device or .../host: CMake picks

namespace ipc {

/// Who calls, by the kernel's word.
struct Caller {
  kernel::abi::Identity identity{};
};

namespace detail {

template <class Reply>
Answer make_answer(const base::Result<Reply>& result) {
  Answer answer;
  if (!result) {
    answer.error = result.error();
  } else if constexpr (!std::is_void_v<Reply>) {
    Range none;
    wire::encode(*result, answer.words, none);
  }
  return answer;
}

}  // namespace detail

/// The duty to answer one call of M. Must be kept or moved on: a promise that is destroyed answers
/// kInternal, so that no caller waits for ever.
template <class M>
class Promise {
 public:
  using Reply = typename M::Reply;

  Promise(ReplyPort port, kernel::abi::ReplyToken token) : port_(port), token_(token) {}
  Promise(Promise&& other) : port_(other.port_), token_(std::exchange(other.token_, {})) {}
  Promise& operator=(Promise&& other) {
    std::swap(port_, other.port_);
    std::swap(token_, other.token_);
    return *this;
  }
  ~Promise() {
    if (token_.bits) (void)port_.reply(token_, {.error = FAIL(kInternal)});
  }

  /// Answers, once; again traps. kNotFound: the caller is gone, which is no fault of the server's.
  base::Result<void> keep(const base::Result<Reply>& result) {
    base::require(token_.bits != 0);
    return port_.reply(std::exchange(token_, {}), detail::make_answer<Reply>(result));
  }

 private:
  ReplyPort port_;
  kernel::abi::ReplyToken token_;
};

/// A connection to a server of I. Copies share it.
template <Interface I>
class Client {
 public:
  explicit Client(Connection connection) : connection_(connection) {}

  /// Waits for the answer. kInvalid: an empty loan. kDenied: the manifest does not permit the
  /// method. kNotFound: the server has died. Others are the server's.
  template <class M>
  requires(I::Methods::template contains<M>) base::Result<typename M::Reply> call(const M& request)
  const {
    Message message;
    TRY(encode(request, message));
    return decode<M>(connection_.call(message));
  }

  /// As above, waiting no longer than `within`. kTimeout: there was no answer in time; what was
  /// lent is the caller's again, and whether the server had begun is not known. Within{} asks only
  /// a server that waits right now (kBusy), and then waits for its answer. kBusy also: a server
  /// that let an earlier loan of this thread time out still holds its copy, and this call lends
  /// too.
  template <class M>
  requires(I::Methods::template contains<M>) base::Result<typename M::Reply> call(const M& request,
                                                                                  Within within)
  const {
    Message message;
    TRY(encode(request, message));
    return decode<M>(connection_.call(message, within));
  }

  /// Sets bits in the server's notification word, without waiting. kDenied: the manifest's line has
  /// no `notify`. kNotFound: the server has died.
  base::Result<void> notify(uint32_t bits) const { return connection_.notify(bits); }

 private:
  template <class M>
  static base::Result<void> encode(const M& request, Message& message) {
    message.info = kernel::abi::Info::make(kind_of<M>(), M::kMethod.opcode);
    wire::encode(request, message.words, message.memory);
    if (message.info.has_memory() && message.memory.bytes == 0) return FAIL(kInvalid);
    return {};
  }
  template <class M>
  static base::Result<typename M::Reply> decode(const Answer& answer) {
    if (answer.error.word) return answer.error;
    if constexpr (std::is_void_v<typename M::Reply>) {
      return {};
    } else {
      typename M::Reply reply{};
      if (!wire::decode(reply, answer.words, {})) return FAIL(kInvalid);
      return reply;
    }
  }

  Connection connection_;
};

// Named concepts, because GCC 12 cannot fold over a requires-expression whose parameters name the
// pack.
template <class Server, class M>
concept AnswersNow = requires(Server server, const M& request, Caller caller) {
  { server.handle(request, caller) } -> std::same_as<base::Result<typename M::Reply>>;
};
template <class Server, class M>
concept AnswersLater = requires(Server server, const M& request, Caller caller,
                                Promise<M>&& promise) {
  { server.handle(request, caller, std::move(promise)) } -> std::same_as<void>;
};
template <class Server, class M>
concept Handles = AnswersNow<Server, M> || AnswersLater<Server, M>;

template <class Server, class... Ms>
constexpr bool handles_all(std::type_identity<Methods<Ms...>>) {
  return (Handles<Server, Ms> && ...);
}

enum class Dispatched {
  kAnswered,  ///< `answer` is to be sent
  kDeferred,  ///< the server has the promise, or nobody waits
};

/// Routes one message to the matching `handle`. A message that is no method of I, or does not
/// travel as the method says, is answered kInvalid and reaches no handler. No method takes pages for
/// good: such as come are given up.
template <Interface I, class Server>
requires(handles_all<Server>(std::type_identity<typename I::Methods>())) Dispatched
    dispatch(Server& server, const Message& message, ReplyPort port, Answer& answer) {
  if (message.reply.bits == 0) {
    // Nobody waits, so it is the notification word, or a message that no method here can be.
    if constexpr (requires { server.notified(uint32_t{}); })
      if (message.info.opcode() == 0) server.notified(message.words[0]);
    // Pages that came for good count for our quota: kept, any client could use that up.
    if (message.info.has_memory()) port.give_up(message.memory);
    return Dispatched::kDeferred;
  }
  const Caller caller{message.sender};
  Dispatched result = Dispatched::kAnswered;
  const bool found = I::Methods::for_each([&]<class M>() {
    if (message.info.opcode() != M::kMethod.opcode || message.info.kind() != kind_of<M>())
      return false;
    M request{};
    if (!wire::decode(request, message.words, message.memory)) return false;
    if constexpr (AnswersLater<Server, M>) {
      server.handle(request, caller, Promise<M>(port, message.reply));
      result = Dispatched::kDeferred;
    } else {
      answer = detail::make_answer<typename M::Reply>(server.handle(request, caller));
    }
    return true;
  });
  if (!found) answer = {.error = FAIL(kInvalid)};
  return result;
}

/// Serves until the port fails, and returns why. A Port has
///   base::Error receive(Message&);
///   base::Error receive(Message&, Within);   for servers that keep time
///   base::Error reply_receive(ReplyToken, const Answer&, Message&);
///   ReplyPort reply_port();
template <class Server>
concept KeepsTime = requires(Server server) {
  { server.patience() } -> std::same_as<base::Duration>;
  { server.idle() } -> std::same_as<void>;
};

template <Interface I, class Port, KeepsTime Server>
base::Error serve(Port& port, Server& server) {
  Message message;
  for (;;) {
    const base::Error error = port.receive(message, Within{server.patience()});
    if (error.word && error.code() == base::Code::kTimeout) {
      server.idle();
      continue;
    }
    if (error.word) return error;
    Answer answer;
    // An answer to a caller that is gone is nothing to the server.
    if (dispatch<I>(server, message, port.reply_port(), answer) == Dispatched::kAnswered)
      (void)port.reply_port().reply(message.reply, answer);
  }
}

template <Interface I, class Port, class Server>
base::Error serve(Port& port, Server& server) {
  Message message;
  base::Error error = port.receive(message);
  while (error.word == 0) {
    Answer answer;
    if (dispatch<I>(server, message, port.reply_port(), answer) == Dispatched::kDeferred) {
      error = port.receive(message);
    } else {
      error = port.reply_receive(message.reply, answer, message);
    }
  }
  return error;
}

}  // namespace ipc
