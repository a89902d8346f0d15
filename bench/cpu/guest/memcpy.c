/* Copies 64 KiB back and forth, once four words at a time as compiled C, once by block transfers. */
#include <stddef.h>
#include <stdint.h>

static uint32_t a[16384], b[16384];

static void copy_words(uint32_t *to, const uint32_t *from, size_t words) {
  for (; words >= 4; words -= 4, to += 4, from += 4) {
    const uint32_t w0 = from[0], w1 = from[1], w2 = from[2], w3 = from[3];
    to[0] = w0;
    to[1] = w1;
    to[2] = w2;
    to[3] = w3;
  }
}

static void copy_blocks(uint32_t *to, const uint32_t *from, size_t words) {
  for (; words >= 8; words -= 8) {
    __asm__ volatile(
        "ldmia %1!, {r3-r8, r10, r12}\n"
        "stmia %0!, {r3-r8, r10, r12}\n"
        : "+r"(to), "+r"(from)
        :
        : "r3", "r4", "r5", "r6", "r7", "r8", "r10", "r12", "memory");
  }
}

uint32_t work(uint32_t rounds) {
  for (uint32_t i = 0; i < 16384; ++i) a[i] = i * 2654435761u;
  for (uint32_t round = 0; round < rounds; ++round) {
    copy_words(b, a, 16384);
    b[round & 16383] += round;
    copy_blocks(a, b, 16384);
  }
  uint32_t sum = 0;
  for (uint32_t i = 0; i < 16384; ++i) sum = sum * 31 + a[i];
  return sum ^ sum >> 16;
}
