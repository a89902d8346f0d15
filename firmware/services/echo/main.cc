// The echo process. Its port answers the two methods that are timed, ping and page, in a loop of a
// few instructions, because every one of them is part of the figure; the rest goes the usual way.
#include "firmware/runtime/process.h"
#include "firmware/services/echo/echo.h"
#include "firmware/services/echo/machine.h"

namespace {

using interfaces::Echo;

template <class M>
constexpr uint32_t info_of() {
  return kernel::abi::Info::make(ipc::kind_of<M>(), M::kMethod.opcode).bits;
}

class TimedPort {
 public:
  explicit TimedPort(ipc::ServerPort port) : port_(port) {}
  base::Error receive(ipc::Message& message) {
    return answer_timed(port_.receive(message), message);
  }
  base::Error reply_receive(kernel::abi::ReplyToken token, const ipc::Answer& answer,
                            ipc::Message& message) {
    return answer_timed(port_.reply_receive(token, answer, message), message);
  }
  ipc::ReplyPort reply_port() const { return {}; }

 private:
  /// While `message` is a timed one, answers it and waits for the next. Ends with another one.
  base::Error answer_timed(base::Error error, ipc::Message& message) {
    while (error.word == 0 && message.reply.bits != 0 && is_timed(message.info.bits)) {
      register uint32_t r0 asm("r0");
      register uint32_t r1 asm("r1");
      register uint32_t r2 asm("r2") = 0;
      register uint32_t r3 asm("r3") = 0;
      register uint32_t r4 asm("r4") = 0;
      register uint32_t r5 asm("r5") = 0;
      register uint32_t r6 asm("r6") = 0;
      register uint32_t r7 asm("r7") = 0;
      register uint32_t r8 asm("r8") = 0;
      register uint32_t r9 asm("r9") = 0;
      register uint32_t r10 asm("r10");
      // Not r11 itself: runtime/syscall.h says why.
      register uint32_t token asm("lr") = message.reply.bits;
      // What came in the words goes back in the words: the caller's own, and of no meaning to it.
      asm volatile(
          "   mov r11, lr\n"
          "1: mov r0, r11\n"  // the token
          "   mov r1, #0\n"   // done
          "   mov r12, %[reply_receive]\n"
          "   svc #0\n"
          "   cmp r0, #0\n"
          "   bne 2f\n"
          "   cmp r1, %[ping]\n"
          "   beq 1b\n"
          "   movw r12, %[page]\n"
          "   cmp r1, r12\n"
          "   beq 1b\n"
          "2: mov lr, r11\n"
          : "=r"(r0), "=r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7),
            "+r"(r8), "+r"(r9), "=r"(r10), "+r"(token)
          : [reply_receive] "i"(runtime::Syscall::kReplyReceive), [ping] "i"(info_of<Echo::Ping>()),
            [page] "i"(info_of<Echo::Page>())
          : "r11", "r12", "memory", "cc");
      message = {.info = {r1},
                 .words = {r2, r3, r4, r5, r6, r7, r8, r9},
                 .sender = {r10},
                 .reply = {token}};
      if (message.info.has_memory()) message.memory = {reinterpret_cast<std::byte*>(r2), r3};
      // A caller that died between its call and our answer: wait for the next.
      error = r0 == 0 ? base::Error{} : port_.receive(message);
    }
    return error;
  }
  static bool is_timed(uint32_t info) {
    return info == info_of<Echo::Ping>() || info == info_of<Echo::Page>();
  }

  ipc::ServerPort port_;
};

constinit services::echo::Machine machine;

}  // namespace

int process_main() {
  services::echo::Echo echo(machine);
  auto port = runtime::serve(Echo::kName);
  if (!port) return static_cast<int>(port.error().word);
  TimedPort timed(*port);
  return static_cast<int>(ipc::serve<Echo>(timed, echo).word);
}
