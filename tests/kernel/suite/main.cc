// Exercises the kernel from user mode and says on UART1 what came of it. Prints the kernel's log
// too.
#include <chrono>

#include "firmware/interfaces/echo.h"
#include "firmware/interfaces/victim.h"
#include "firmware/runtime/mutex.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "firmware/runtime/thread.h"
#include "firmware/services/probe/checks.h"
#include "kernel/abi/statistics.h"
#include "kernel/soc/imx6ul/imx6ul_regs.h"

namespace {

using namespace std::chrono_literals;
using base::mmio::Block;
using interfaces::Echo;
using interfaces::Fault;
using kernel::soc::imx6ul::Uart;
using runtime::Syscall;

class Port {
 public:
  explicit Port(base::mmio::Region region) : uart_(region) {
    uart_.write(Uart::Ucr1::kEnable(true));
    uart_.write(Uart::Ucr2::kNoReset(true) | Uart::Ucr2::kTransmit(true) |
                Uart::Ucr2::kEightBits(true) | Uart::Ucr2::kIgnoreRts(true));
  }
  /// One after the other, whoever calls.
  void print(std::string_view text) {
    runtime::Lock lock(mutex_);
    for (char c : text) {
      for (unsigned i = 0; i < 100'000; ++i) {
        if (uart_.read<Uart::Usr1>().has(Uart::Usr1::kTransmitReady)) break;
      }
      uart_.write(Uart::Utxd::kData.from(static_cast<uint8_t>(c)));
    }
  }

 private:
  Block<Uart> uart_;
  runtime::Mutex mutex_{};
};

unsigned failures = 0;

void report(Port& port, std::string_view name, bool passed) {
  port.print(passed ? "suite: passed " : "suite: FAILED ");
  port.print(name);
  port.print("\r\n");
  failures += !passed;
}

template <size_t Index>
void check_victim(Port& port, std::string_view name) {
  bool passed = false;
  if (auto victim = runtime::connect<interfaces::VictimNumber<Index>>()) {
    const auto result =
        victim->call(interfaces::Victim::Commit{.fault = static_cast<Fault>(Index)});
    passed = !result && result.error().code() == base::Code::kNotFound;
  }
  report(port, name, passed);
}

/// Two threads that never give way must both get on while a third one sleeps.
bool check_turns() {
  struct Spinner {
    std::atomic<uint32_t>* stop;
    std::atomic<uint32_t> rounds = 0;
    void operator()() {
      while (!stop->load(std::memory_order_relaxed)) {
        rounds.store(rounds.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      }
    }
  };
  std::atomic<uint32_t> stop = 0;
  Spinner one{.stop = &stop}, two{.stop = &stop};
  auto first = runtime::Thread::start(one, {.priority = 3, .stack_bytes = 4096});
  auto second = runtime::Thread::start(two, {.priority = 3, .stack_bytes = 4096});
  runtime::sleep(60ms);
  stop = 1;
  if (!first || !second) return false;
  const bool joined = first->join().has_value() && second->join().has_value();
  const uint32_t a = one.rounds, b = two.rounds;
  return joined && a > 1000 && b > 1000 && a < 4 * b && b < 4 * a;
}

/// Registers that carry no result come back as 0, from the fast path and from the general one.
bool check_registers() {
  auto id = runtime::find_service("os/echo");
  if (!id) return false;
  const uint32_t handle = runtime::system_call(Syscall::kConnect, *id).r1;
  bool clean = true;
  for (const uint32_t opcode : {2u, 6u}) {  // words: answered; yield: denied
    uint32_t words[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const auto result = runtime::message_call(Syscall::kCall, handle, opcode, words);
    clean &= result.r1 == 0;
    for (uint32_t i = 0; i < 8; ++i) clean &= words[i] == (opcode == 2 ? i + 1 : 0);
  }
  const auto null = runtime::system_call(Syscall::kNull, 1, 2, 3, 4);
  return clean && null.error == 0 && null.r1 == 0 && null.r2 == 0 && null.r3 == 0;
}

bool check_many_calls() {
  auto echo = runtime::connect<Echo>();
  if (!echo) return false;
  for (uint32_t i = 0; i < 2000; ++i) {
    const std::array<uint32_t, 8> sent{i, i + 1, i + 2, i + 3, i + 4, i + 5, i + 6, i + 7};
    const auto got = echo->call(Echo::Words{.words = sent});
    if (!got || got->words != sent) return false;
  }
  return true;
}

/// All that was mapped, lent and lost to the victims must have come home.
bool check_frames(uint32_t free_before) {
  const auto now = runtime::system_call(Syscall::kStatistics,
                                        static_cast<uint32_t>(kernel::abi::Statistics::kSystem));
  return now.error == 0 && now.r3 >= free_before;
}

}  // namespace

int process_main() {
  auto region = runtime::map_device(0x0202'0000, 0x4000);
  if (!region) return 1;
  Port port(*region);
  auto log = [&port] {
    char text[256];
    for (;;) {
      auto size = runtime::read_kernel_log(text);
      if (!size) return;
      port.print({text, *size});
    }
  };
  if (!runtime::Thread::start(log, {.priority = 12, .stack_bytes = 8192})) return 2;
  if (!runtime::serve("os/console")) return 3;
  const auto system = runtime::system_call(Syscall::kStatistics,
                                           static_cast<uint32_t>(kernel::abi::Statistics::kSystem));

  for (const auto& check : services::probe::checks())
    report(port, check.name, check.run().has_value());
  report(port, "registers", check_registers());
  report(port, "many_calls", check_many_calls());
  report(port, "turns", check_turns());
  check_victim<0>(port, "null");
  check_victim<1>(port, "write_text");
  check_victim<2>(port, "execute_data");
  check_victim<3>(port, "undefined");
  check_victim<4>(port, "privileged");
  check_victim<5>(port, "stack");
  check_victim<6>(port, "kernel");
  report(port, "still_answers", check_many_calls());
  report(port, "frames", check_frames(system.r3));
  runtime::sleep(50ms);  // the log's last lines
  port.print(failures == 0 ? "suite: done, all passed\r\n" : "suite: done, with failures\r\n");
  runtime::sleep(50ms);
  return static_cast<int>(failures);
}
