// The other end of the counted calls: answers, yields, takes interrupts.
#include <atomic>

#include "base/mmio/register.h"
#include "bench/kernel/labelled_call.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/thread.h"

namespace {

using namespace bench;
using base::mmio::Access, base::mmio::Field, base::mmio::Register;

constexpr uint32_t kEpit1 = 0x020d'0000, kEpitBytes = 0x4000, kEpitInterrupt = 88;

/// i.MX 6UL Reference Manual, chapter "Enhanced Periodic Interrupt Timer (EPIT)".
struct Epit {
  struct Cr : Register<Epit, 0x00, Access::kReadWrite> {
    static constexpr Field<Cr, 0> kEnable{};
    static constexpr Field<Cr, 1> kStartsFromLoad{};
    static constexpr Field<Cr, 2> kInterrupt{};
    static constexpr Field<Cr, 3> kReload{};
    static constexpr Field<Cr, 24, 2> kClockSource{};  // 1: ipg_clk
  };
  struct Sr : Register<Epit, 0x04, Access::kWriteOneClears> {
    static constexpr Field<Sr, 0> kCompare{};
  };
  struct Lr : Register<Epit, 0x08, Access::kReadWrite> {};
  struct Cmpr : Register<Epit, 0x0c, Access::kReadWrite> {};
};
constexpr uint32_t kPeriod = 4001;  // of 20 ns: far longer than handling takes

std::atomic<uint32_t> yields = 0, timer_runs = 0, interrupts = 0;

uint32_t floats = 0;  // the pattern in the floating point registers; 0: not used yet

void wait_until_set(std::atomic<uint32_t>& flag) {
  while (flag.load() == 0) {
    runtime::system_call(Syscall::kFutexWait, reinterpret_cast<uintptr_t>(&flag), 0, ~0u, ~0u);
  }
}
void set(std::atomic<uint32_t>& flag, uint32_t value) {
  flag.store(value);
  runtime::system_call(Syscall::kFutexWake, reinterpret_cast<uintptr_t>(&flag), 1);
}

void yield_when_told(void*) {
  for (;;) {
    wait_until_set(yields);
    for (uint32_t left = yields.exchange(0); left != 0; --left) {
      labelled<kLabelYield>(Syscall::kYield);
    }
  }
}

void handle_interrupts(void*) {
  const auto region = runtime::map_device(kEpit1, kEpitBytes);
  const auto handle = runtime::system_call(Syscall::kInterruptClaim, kEpitInterrupt);
  if (!region || handle.error) return;
  const base::mmio::Block<Epit> epit(*region);
  epit.write(base::mmio::Value<Epit::Lr>{kPeriod});
  epit.write(base::mmio::Value<Epit::Cmpr>{0});
  for (;;) {
    wait_until_set(timer_runs);
    const bool with_floats = timer_runs.exchange(0) == kTimerWithFloats;
    epit.write(Epit::Cr::kClockSource(1) | Epit::Cr::kReload(true) | Epit::Cr::kInterrupt(true) |
               Epit::Cr::kStartsFromLoad(true) | Epit::Cr::kEnable(true));
    uint32_t damaged = 0;
    for (uint32_t i = 0; i < kRounds + kWarmUp; ++i) {
      if (with_floats) load_floats(i << 28 | 0x0077'0000 | i);
      labelled<kLabelInterruptWait>(Syscall::kInterruptWait, handle.r1);
      if (with_floats && !floats_hold(i << 28 | 0x0077'0000 | i)) ++damaged;
      epit.acknowledge(Epit::Sr::kCompare(true));
      interrupts.fetch_add(1);
    }
    epit.write(base::mmio::Value<Epit::Cr>{});
    if (damaged != 0) return;  // the client waits for ever
  }
}

uint32_t answer(uint32_t info, Words& words) {
  switch (info & 0xff) {
    case kWords:
      for (uint32_t& word : words) ++word;
      break;
    case kFloats:
      if (floats != 0 && !floats_hold(floats)) return 1;
      floats = words[0];
      load_floats(floats);
      break;
    case kFill:
      *reinterpret_cast<uint32_t*>(words[0]) = words[2];
      break;
    case kStartYields:
      set(yields, words[0]);
      break;
    case kStartTimer:
      interrupts = 0;
      set(timer_runs, words[0]);
      break;
    case kTimerCount:
      words[0] = interrupts.load();
      break;
    default:
      break;
  }
  return 0;
}

}  // namespace

int process_main() {
  if (!runtime::Thread::start(yield_when_told, nullptr, {.priority = 16, .stack_bytes = 4096}))
    return 1;
  if (!runtime::Thread::start(handle_interrupts, nullptr, {.priority = 20, .stack_bytes = 4096}))
    return 2;
  const auto id = runtime::find_service("os/echo");
  if (!id) return 3;
  const auto served = runtime::system_call(Syscall::kServe, *id);
  if (served.error) return 4;
  Words words{};
  auto message = labelled_call<kLabelNone>(Syscall::kReceive, served.r1, 0, words);
  for (;;) {
    const uint32_t error = answer(message.r1, words);
    message = message.r11 == 0
                  ? labelled_call<kLabelNone>(Syscall::kReceive, served.r1, 0, words)
                  : labelled_call<kLabelReply>(Syscall::kReplyReceive, message.r11, error, words);
  }
}
