// A system call between two looks at the counters, with nothing else between them. Device only.
#pragma once

#include <cstdint>

#include "firmware/runtime/syscall.h"
#include "firmware/services/bench/series.h"

namespace services::bench {

struct Timed {
  uint32_t error = 0;
  Look before{}, after{};

  Sample passed() const {
    return {.instructions = after.instructions - before.instructions,
            .cycles = after.cycles - before.cycles};
  }
};

// The order of the looks is instructions, cycles ... cycles, instructions. The kernel keeps r10 and
// r11 across the calls that are timed, so what was read before needs no memory. r11 is taken by
// hand, behind the last look (runtime/syscall.h says why). All five instructions lie in one cache
// line, which is there when the first one counts.
#define TIMED(middle)                                                                             \
  asm volatile(                                                                                   \
      ".balign 32\n"                                                                              \
      "mrc p15, 0, r10, c9, c13, 2\n"                                                             \
      "mrc p15, 0, r11, c9, c13, 0\n" middle                                                      \
      "mrc p15, 0, r3, c9, c13, 0\n"                                                              \
      "mrc p15, 0, r2, c9, c13, 2\n"                                                              \
      "mov lr, r11\n"                                                                             \
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8), \
        "+r"(r9), "=r"(r10), "+r"(r12), "=r"(lr)                                                  \
      :                                                                                           \
      : "r11", "memory", "cc")

/// Call `number` with up to four arguments; a message's other words are 0.
template <bool kEmpty = false>
inline Timed timed(runtime::Syscall number, uint32_t a0 = 0, uint32_t a1 = 0, uint32_t a2 = 0,
                   uint32_t a3 = 0) {
  register uint32_t r0 asm("r0") = a0;
  register uint32_t r1 asm("r1") = a1;
  register uint32_t r2 asm("r2") = a2;
  register uint32_t r3 asm("r3") = a3;
  register uint32_t r4 asm("r4") = 0;
  register uint32_t r5 asm("r5") = 0;
  register uint32_t r6 asm("r6") = 0;
  register uint32_t r7 asm("r7") = 0;
  register uint32_t r8 asm("r8") = 0;
  register uint32_t r9 asm("r9") = 0;
  register uint32_t r10 asm("r10");
  register uint32_t r12 asm("r12") = static_cast<uint32_t>(number);
  register uint32_t lr asm("lr");
  if constexpr (kEmpty) {
    TIMED("");
  } else {
    TIMED("svc #0\n");
  }
  return {.error = r0,
          .before = {.instructions = r10, .cycles = lr},
          .after = {.instructions = r2, .cycles = r3}};
}

/// The same with no call in it: what looking costs.
inline Sample timed_nothing() {
  return timed<true>(runtime::Syscall::kNull).passed();
}

#undef TIMED

/// What the watcher's look and, at once, the look after a wait cost: the overhead of interrupts.
inline Sample watched_nothing() {
  uint32_t c0, i0, c1, i1;
  asm volatile(
      "mrc p15, 0, %0, c9, c13, 0\n"
      "mrc p15, 0, %1, c9, c13, 2\n"
      "mrc p15, 0, %2, c9, c13, 0\n"
      "mrc p15, 0, %3, c9, c13, 2\n"
      : "=&r"(c0), "=&r"(i0), "=&r"(c1), "=&r"(i1)::"memory");
  return {.instructions = i1 - i0, .cycles = c1 - c0};
}

}  // namespace services::bench
