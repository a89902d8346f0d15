// System calls, raw: the one file with the instruction that enters the kernel. kernel/abi/syscall.h
// says what each call does. Device only; programs use the wrappers in process.h, thread.h and
// ipc.h.
#pragma once

#include <cstdint>

#include "kernel/abi/syscall.h"

namespace runtime {

using kernel::abi::Syscall;

/// What the registers held when a call returned.
struct Outcome {
  uint32_t error = 0;  ///< r0: an Error word
  uint32_t r1 = 0, r2 = 0, r3 = 0;
};

/// Any call that takes at most five registers and returns at most four.
inline Outcome system_call(Syscall number, uint32_t a0 = 0, uint32_t a1 = 0, uint32_t a2 = 0,
                           uint32_t a3 = 0, uint32_t a4 = 0) {
  register uint32_t r0 asm("r0") = a0;
  register uint32_t r1 asm("r1") = a1;
  register uint32_t r2 asm("r2") = a2;
  register uint32_t r3 asm("r3") = a3;
  register uint32_t r4 asm("r4") = a4;
  register uint32_t r12 asm("r12") = static_cast<uint32_t>(number);
  asm volatile("svc #0"
               : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r12)
               :
               : "r5", "r6", "r7", "r8", "r9", "memory", "cc");
  return {r0, r1, r2, r3};
}

/// The message calls: r0, r1 and eight words each way; the receiving ones also return r10 and r11.
/// `words` is read before and written after. (No variable is bound to r11: GCC takes it for the
/// frame pointer, which it knows is never 0, and drops what a program does when it is.)
struct MessageOutcome {
  uint32_t r0 = 0, r1 = 0, r10 = 0, r11 = 0;
};
/// As message_call, with a time in r10 and r11.
inline MessageOutcome timed_message_call(Syscall number, uint32_t a0, uint32_t a1, uint32_t* words,
                                         uint32_t a10, uint32_t a11) {
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
  register uint32_t r10 asm("r10") = a10;
  register uint32_t r12 asm("r12") = static_cast<uint32_t>(number);
  register uint32_t lr asm("lr") = a11;
  asm volatile(
      "mov r11, lr\n"
      "svc #0\n"
      "mov lr, r11"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8),
        "+r"(r9), "+r"(r10), "+r"(r12), "+r"(lr)
      :
      : "r11", "memory", "cc");
  words[0] = r2;
  words[1] = r3;
  words[2] = r4;
  words[3] = r5;
  words[4] = r6;
  words[5] = r7;
  words[6] = r8;
  words[7] = r9;
  return {r0, r1, r10, lr};
}
inline MessageOutcome message_call(Syscall number, uint32_t a0, uint32_t a1, uint32_t* words) {
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
  register uint32_t lr asm("lr");
  asm volatile(
      "svc #0\n"
      "mov lr, r11"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8),
        "+r"(r9), "=r"(r10), "+r"(r12), "=r"(lr)
      :
      : "r11", "memory", "cc");
  words[0] = r2;
  words[1] = r3;
  words[2] = r4;
  words[3] = r5;
  words[4] = r6;
  words[5] = r7;
  words[6] = r8;
  words[7] = r9;
  return {r0, r1, r10, lr};
}

}  // namespace runtime
