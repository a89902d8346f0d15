// System calls whose `svc` carries a label for the plugin that counts.
#pragma once

#include <cstdint>

#include "bench/kernel/labels.h"
#include "firmware/runtime/syscall.h"

namespace bench {

using runtime::Syscall;
using Words = uint32_t[8];

/// As runtime::message_call, labelled.
template <uint32_t label>
runtime::MessageOutcome labelled_call(Syscall number, uint32_t a0, uint32_t a1, Words& words) {
  register uint32_t r0 asm("r0") = a0;
  register uint32_t r1 asm("r1") = a1;
  register uint32_t r2 asm("r2") = words[0];
  register uint32_t r3 asm("r3") = words[1];
  register uint32_t r4 asm("r4") = words[2];
  register uint32_t r5 asm("r5") = words[3];
  register uint32_t r6 asm("r6") = words[4];
  register uint32_t r7 asm("r7") = words[5];
  register uint32_t r8 asm("r8") = words[6];
  register uint32_t r9 asm("r9") = words[7];
  register uint32_t r10 asm("r10");
  register uint32_t r12 asm("r12") = static_cast<uint32_t>(number);
  register uint32_t lr asm("lr");  // r11 comes by way of it, as in runtime::message_call
  asm volatile(
      "svc %c[label]\n"
      "mov lr, r11"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8),
        "+r"(r9), "=r"(r10), "+r"(r12), "=r"(lr)
      : [label] "i"(label)
      : "r11", "memory", "cc");
  const uint32_t back[8] = {r2, r3, r4, r5, r6, r7, r8, r9};
  for (unsigned i = 0; i < 8; ++i) words[i] = back[i];
  return {r0, r1, r10, lr};
}

/// A call of few arguments. Returns its error word.
template <uint32_t label>
uint32_t labelled(Syscall number, uint32_t a0 = 0, uint32_t a1 = 0) {
  Words none{};
  return labelled_call<label>(number, a0, a1, none).r0;
}

template <uint32_t phase>
void begin_phase() {
  labelled<PHASE_MARK + phase>(Syscall::kNull);
}

/// The floating point registers: each D register and the writable bits of FPSCR different, in each
/// pattern.
inline void load_floats(uint32_t pattern) {
  uint32_t values[64];
  for (uint32_t i = 0; i < 64; ++i) values[i] = pattern + i;
  const uint32_t* from = values;
  asm volatile(
      ".fpu neon-vfpv4\n"
      "vldmia %[from]!, {d0-d15}\n"
      "vldmia %[from], {d16-d31}\n"
      "vmsr fpscr, %[status]\n"
      : [from] "+r"(from)
      : [status] "r"(pattern & 0xf000'009f)
      : "memory");
}
inline bool floats_hold(uint32_t pattern) {
  uint32_t values[64], status;
  uint32_t* to = values;
  asm volatile(
      ".fpu neon-vfpv4\n"
      "vstmia %[to]!, {d0-d15}\n"
      "vstmia %[to], {d16-d31}\n"
      "vmrs %[status], fpscr\n"
      : [to] "+r"(to), [status] "=r"(status)::"memory");
  bool good = status == (pattern & 0xf000'009f);
  for (uint32_t i = 0; i < 64; ++i) good &= values[i] == pattern + i;
  return good;
}

/// The server's methods. Their kind is the message's.
enum Opcode : uint8_t {
  kPing = 1,         ///< nothing
  kWords = 2,        ///< each word plus one
  kPage = 3,         ///< nothing, of lent pages
  kFloats = 4,       ///< fails unless the floating point registers are as the last call left them
  kFill = 5,         ///< writes word 2 to the first word of the lent page
  kStartYields = 6,  ///< word 0: how often the other thread yields
  kStartTimer = 7,   ///< interrupts begin
  kTimerCount = 8,   ///< word 0: how many came since
};

/// Word 0 of kStartTimer.
enum Timer : uint32_t {
  kTimerPlain = 1,
  kTimerWithFloats = 2,  ///< the handler checks its floating point registers at each interrupt
};

}  // namespace bench
