// Stale, forged and misused names: tokens, identities, handles.
#include "firmware/interfaces/subject.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "firmware/runtime/thread.h"
#include "tests/kernel/suite/subjects.h"

namespace suite {
namespace {

using base::Code;
using interfaces::Subject;
using kernel::abi::Info;
using kernel::abi::Kind;
using runtime::Syscall;
using namespace std::chrono_literals;

bool is(uint32_t error, Code code) {
  return error != 0 && base::Error{error}.code() == code;
}

uint32_t reply(uint32_t token) {
  Words words{0x600d, 1, 2, 3};
  return runtime::message_call(Syscall::kReply, token, 0, words.data()).r0;
}

/// A thread of ours that calls our own service.
struct Caller {
  uint32_t connection = 0, error = 0, word = 0;
  void operator()() {
    Words words{};
    error = runtime::message_call(Syscall::kCall, connection, Info::make(Kind::kCall, 4).bits,
                                  words.data())
                .r0;
    word = words[0];
  }
};
constinit Caller caller;

}  // namespace

uint32_t identities(interfaces::Printer& printer) {
  Report report(printer, "identities");
  mute_log(true);
  static uint32_t server = 0, connection = 0;
  if (server == 0) {
    const auto id = runtime::find_service("test/suite");
    const auto served = runtime::system_call(Syscall::kServe, id ? *id : ~0u);
    const auto opened = runtime::system_call(Syscall::kConnect, id ? *id : ~0u);
    report.check("the suite serves itself", served.error == 0 && opened.error == 0, served.error);
    server = served.r1, connection = opened.r1;
  }
  uint32_t stale = 0, forged = 0;
  for (uint32_t round = 0; round < 4; ++round) {
    caller = {.connection = connection};
    auto thread =
        runtime::Thread::start(caller, {.priority = kSuitePriority + 1, .stack_bytes = 4096});
    if (!thread) break;
    Words words{};
    const auto got = runtime::message_call(Syscall::kReceive, server, 0, words.data());
    const uint32_t token = got.r11;
    report.check(
        "the message names its sender",
        got.r10 == kernel::abi::Identity::make(static_cast<uint8_t>(runtime::arguments().pid),
                                               runtime::arguments().generation)
                       .bits,
        got.r10);
    // Every token near this one, every single bit of it, and the one before.
    for (uint32_t near = 1; near < 1024; ++near) {
      report.check("token nearby", is(reply(token + near), Code::kNotFound), near);
      report.check("token nearby", is(reply(token - near), Code::kNotFound), near);
      report.check("token of another call", is(reply(token + near * 0x800), Code::kNotFound), near);
      report.check("token of another call", is(reply(token - near * 0x800), Code::kNotFound), near);
      forged += 4;
    }
    for (uint32_t bit = 0; bit < 32; ++bit, ++forged)
      report.check("token with a bit flipped", is(reply(token ^ 1u << bit), Code::kNotFound), bit);
    if (stale) report.check("token of the last call", is(reply(stale), Code::kNotFound), stale);
    // Nobody else may answer it, whatever their rights.
    for (const auto* other : {&cast().one, &cast().mighty}) {
      const Answer answer =
          other->act(Action::kSystemCall, static_cast<uint32_t>(Syscall::kReply), token);
      report.check("token of another process", is(answer.words[0], Code::kNotFound),
                   answer.words[0]);
      const Answer received =
          other->act(Action::kSystemCall, static_cast<uint32_t>(Syscall::kReplyReceive), token);
      report.check("token of another process", is(received.words[0], Code::kNotFound),
                   received.words[0]);
    }
    report.check("the call still waits", caller.error == 0 && caller.word == 0);
    report.check("the true token", reply(token) == 0);
    report.check("answered twice", is(reply(token), Code::kNotFound));
    report.check("the answer arrived", thread->join() && caller.error == 0 && caller.word == 0x600d,
                 caller.word);
    stale = token;
  }
  // Identities of processes that are no more.
  const uint32_t old = cast().three.identity();
  report.check("a process ends when told", runtime::system_call(Syscall::kKill, old).error == 0);
  const auto record = cast().three.bury();
  report.check("its record says killed",
               record && record->reason == kernel::abi::EndReason::kKilled);
  const uint32_t fresh = cast().three.identity();
  report.check("its successor has another identity", fresh != old && (fresh & 0xff) == (old & 0xff),
               fresh);
  for (uint32_t generation = 0; generation < 4096; ++generation) {
    const uint32_t name = generation << 8 | (fresh & 0xff);
    if (name == fresh) continue;
    report.check("a stale identity kills nobody",
                 is(runtime::system_call(Syscall::kKill, name).error, Code::kNotFound), name);
  }
  report.check("nobody has pid 0",
               is(runtime::system_call(Syscall::kKill, 1u << 8).error, Code::kNotFound));
  report.check("the successor lives", !cast().three.act(Action::kNothing).died());
  const auto denied =
      cast().mighty.act(Action::kSystemCall, static_cast<uint32_t>(Syscall::kKill), fresh);
  report.check("only a supervisor kills", is(denied.words[0], Code::kDenied), denied.words[0]);

  // Handles of one kind for another, and such as were never given: each is a bug of the caller.
  struct Misuse {
    Syscall call;
    uint32_t handle;
  };
  constexpr Misuse kMisuses[] = {
      {Syscall::kReceive, 1},
      {Syscall::kReceive, 0x101},
      {Syscall::kReceive, 0x200},
      {Syscall::kTryReceive, 0},
      {Syscall::kReceiveTimed, 2},
      {Syscall::kNotify, 0x100},
      {Syscall::kNotify, 0},
      {Syscall::kNotify, 31},
      {Syscall::kNotify, ~0u},
      {Syscall::kCall, 0x100},
      {Syscall::kCall, 0},
      {Syscall::kCall, 0x8000'0001},
      {Syscall::kSend, 0x100},
      {Syscall::kCallTimed, 0x1ff},
      {Syscall::kInterruptWait, 1},
      {Syscall::kInterruptWait, 0x100},
      {Syscall::kInterruptWait, 0x200},
      {Syscall::kInterruptWait, 0x223},
  };
  for (const Misuse& misuse : kMisuses) {
    const Answer answer = cast().mighty.act(Action::kSystemCall, static_cast<uint32_t>(misuse.call),
                                            misuse.handle, 4);
    const auto end = answer.died() ? cast().mighty.bury() : std::nullopt;
    report.check("a wrong handle ends its user", end && text_of(end->kind) == "bad system call",
                 static_cast<uint32_t>(misuse.call) << 16 | misuse.handle);
  }
  mute_log(false);
  Line line;
  line << forged << " forged tokens, 4095 stale identities, " << std::size(kMisuses)
       << " wrong handles refused";
  report.say(line.view());
  return report.end();
}

}  // namespace suite
