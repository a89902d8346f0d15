// Makes each measured call some hundred times, each kind in a phase of its own, checks what comes
// back, and resets the board, which ends the emulator.
#include "bench/kernel/labelled_call.h"
#include "firmware/runtime/ipc.h"
#include "firmware/runtime/process.h"
#include "kernel/abi/message.h"

namespace {

using namespace bench;
using kernel::abi::Kind;

constinit ipc::PageBuffer<uint32_t, kLongLoanPages * 1024> pages;
uint32_t connection = 0;

uint32_t address_of_pages() {
  return reinterpret_cast<uintptr_t>(pages.items().data());
}

/// 0: done as it should be.
template <uint32_t label = kLabelCall>
uint32_t call(Kind kind, Opcode opcode, Words& words) {
  return labelled_call<label>(Syscall::kCall, connection,
                              kernel::abi::Info::make(kind, opcode).bits, words)
      .r0;
}

template <uint32_t phase, class Work>
bool measured(Work work) {
  for (unsigned i = 0; i < kWarmUp; ++i) {
    if (!work(i)) return false;
  }
  begin_phase<phase>();
  bool good = true;
  for (unsigned i = 0; i < kRounds && good; ++i) good = work(i);
  begin_phase<kPhaseNone>();
  return good;
}

bool ping(uint32_t) {
  Words words{};
  return call(Kind::kCall, kPing, words) == 0;
}

bool eight_words(uint32_t i) {
  Words words{i, 1, 2, 3, 4, 5, 6, 7};
  bool good = call(Kind::kCall, kWords, words) == 0 && words[0] == i + 1;
  for (uint32_t k = 1; k < 8; ++k) good &= words[k] == k + 1;
  return good;
}

bool floats(uint32_t i) {
  load_floats(i << 28 | i << 8);
  Words words{i << 28 | 0x0055'0003 | i << 12};
  return call(Kind::kCall, kFloats, words) == 0 && floats_hold(i << 28 | i << 8);
}

bool lend(uint32_t) {
  Words words{address_of_pages(), kernel::abi::kPageSize};
  return call(Kind::kLend, kPage, words) == 0;
}

bool lend_mutably(uint32_t i) {
  Words words{address_of_pages(), kernel::abi::kPageSize, i};
  return call(Kind::kLendMut, kFill, words) == 0 && pages.items()[0] == i;
}

bool lend_many(uint32_t i) {
  Words words{address_of_pages(), kLongLoanPages * kernel::abi::kPageSize, i};
  return call(Kind::kLendMut, kFill, words) == 0 && pages.items()[0] == i;
}

bool yields() {
  constexpr uint32_t kMore = 64;  // than ours, so that it is there until our last one
  Words words{kWarmUp + kRounds + kMore};
  if (call(Kind::kCall, kStartYields, words) != 0) return false;
  const bool good =
      measured<kPhaseYield>([](uint32_t) { return labelled<kLabelYield>(Syscall::kYield) == 0; });
  for (uint32_t i = 0; i < kMore + kWarmUp; ++i) runtime::yield();  // let it come to its end
  return good && ping(0);
}

/// Spins while interrupts come, till all have.
bool interrupts(Timer kind) {
  constexpr uint32_t kPattern = 0x9033'0011;
  Words words{kind};
  if (call<kLabelNone>(Kind::kCall, kStartTimer, words) != 0) return false;
  if (kind == kTimerWithFloats) load_floats(kPattern);
  do {
    for (uint32_t i = 0; i < 100'000; ++i) asm volatile("");
    if (kind == kTimerWithFloats && !floats_hold(kPattern)) return false;
    if (call<kLabelNone>(Kind::kCall, kTimerCount, words) != 0) return false;
  } while (words[0] < kRounds + kWarmUp);
  return true;
}

bool measured_interrupts() {
  begin_phase<kPhaseInterrupt>();
  const bool good = interrupts(kTimerPlain);
  begin_phase<kPhaseNone>();
  return good;
}

bool run() {
  const auto service = runtime::find_service("os/echo");
  if (!service) return false;
  while (connection == 0) {
    connection = runtime::system_call(Syscall::kConnect, *service).r1;
    runtime::yield();
  }
  for (uint32_t i = 0; i < kLongLoanPages; ++i) pages.items()[i * 1024] = 1;
  return measured<kPhaseNull>([](uint32_t) { return labelled<kLabelNull>(Syscall::kNull) == 0; }) &&
         measured<kPhaseCall>(ping) && measured<kPhaseCallWords>(eight_words) &&
         measured<kPhaseLend>(lend) && measured<kPhaseLendMut>(lend_mutably) &&
         measured<kPhaseLendLong>(lend_many) && measured<kPhaseNotify>([](uint32_t) {
           return labelled<kLabelNotify>(Syscall::kNotify, connection, 1) == 0;
         }) &&
         yields() && measured_interrupts() &&
         // Last: who has used floating point owns the registers from then on.
         measured<kPhaseCallVfp>(floats) && interrupts(kTimerWithFloats);
}

}  // namespace

int process_main() {
  if (!run()) return 1;
  runtime::system_call(Syscall::kPower, 0);
  return 0;
}
