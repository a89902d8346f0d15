// The two ways through memory of evictor.cc.
  .syntax unified
  .arch armv7-a

// r0: pages of 4 KiB, r1: how many. Reads a word of every fourth line; which of the four goes round
// with pairs of pages, so that a cache indexed by 13 address bits sees all of its sets.
  .section .text.evictor_read, "ax"
  .balign 32
  .global evictor_read
  .hidden evictor_read
evictor_read:
1:
  and r2, r1, #6
  add r2, r0, r2, lsl #4
  .set offset, 0
  .rept 32
  ldr r3, [r2, #offset]
  .set offset, offset + 128
  .endr
  add r0, r0, #4096
  subs r1, r1, #1
  bne 1b
  bx lr

// 32 KiB of code, which is the level 1 instruction cache's size: one jump in each line.
  .section .text.evictor_run_through, "ax"
  .balign 32
  .global evictor_run_through
  .hidden evictor_run_through
evictor_run_through:
  .rept 1023
  b . + 32
  .fill 7, 4, 0xe7f000f0         // undefined: nobody comes here
  .endr
  bx lr
