// The first instructions: MMU off, anywhere in RAM, r0 = physical address of BootInfo.
//
// Builds a rough map in kernel_l1 (RAM from KERNEL_BASE, and this megabyte where it lies), turns the
// MMU on, and leaves the rest to C++, which builds the real map before it looks at anything.
#include "kernel/arch/armv7a/offsets.h"

  .syntax unified
  .arch armv7-a
  .fpu neon-vfpv4
  .section .text.start, "ax"
  .global _start
_start:
  cpsid aif, #0x13
  mov r9, r0
  adr r8, _start
  ldr r1, =_start
  sub r8, r8, r1                 // physical - virtual, modulo 2^32

  // Whatever the boot chain left on: MMU, caches and alignment traps off, branch prediction off.
  mrc p15, 0, r0, c1, c0, 0
  bic r0, r0, #0x1800
  bic r0, r0, #0x0007
  mcr p15, 0, r0, c1, c0, 0
  isb
  mov r0, #0
  mcr p15, 0, r0, c7, c5, 0      // ICIALLU
  mcr p15, 0, r0, c7, c5, 6      // BPIALL
  mcr p15, 0, r0, c8, c7, 0      // TLBIALL
  dsb
  isb

  // Zero .bss and the pools.
  ldr r0, =__bss_start
  ldr r1, =__bss_end
  add r0, r0, r8
  add r1, r1, r8
  mov r2, #0
1:
  str r2, [r0], #4
  cmp r0, r1
  blo 1b

  // BootInfo lies where the real map does not reach.
  ldr r10, =kernel_boot_info
  add r10, r10, r8
  ldmia r9!, {r0-r7}
  stmia r10!, {r0-r7}
  ldmia r9, {r0-r7}
  stmia r10, {r0-r7}

  // The data cache is off and was left clean; what power-on left in it is invalidated by set and way.
  mrc p15, 1, r0, c0, c0, 0      // CCSIDR of the L1 data cache (CSSELR is 0 after reset)
  ubfx r1, r0, #13, #15          // sets - 1
  ubfx r2, r0, #3, #10           // ways - 1
  and r3, r0, #7
  add r3, r3, #4                 // log2 of the line size
  clz r4, r2                     // where the way number starts
2:
  mov r5, r2
3:
  lsl r6, r5, r4
  orr r6, r6, r1, lsl r3
  mcr p15, 0, r6, c7, c6, 2      // DCISW
  subs r5, r5, #1
  bge 3b
  subs r1, r1, #1
  bge 2b
  dsb

  ldr r4, =kernel_l1
  add r4, r4, r8
  // The kernel's first 16 MiB of RAM: normal memory, write-back, privileged only.
  ldr r5, =0x140e                // section, TEX 001 C B, AP 01
  mov r0, #KERNEL_BASE
  add r1, r0, r8
  orr r1, r1, r5
  add r2, r4, r0, lsr #18
  mov r3, #16
4:
  str r1, [r2], #4
  add r1, r1, #0x100000
  subs r3, r3, #1
  bne 4b
  // The megabyte that we are in, where it is.
  adr r0, _start
  lsr r0, r0, #20
  orr r1, r5, r0, lsl #20
  str r1, [r4, r0, lsl #2]

  mov r0, #0
  mcr p15, 0, r0, c2, c0, 2      // TTBCR: TTBR0 for everything, for now
  orr r1, r4, #0x48              // walks cacheable, write-back, not shareable
  mcr p15, 0, r1, c2, c0, 0
  mcr p15, 0, r1, c2, c0, 1
  mov r0, #1
  mcr p15, 0, r0, c3, c0, 0      // domain 0: the entries' permissions hold
  mov r0, #0
  mcr p15, 0, r0, c13, c0, 1
  dsb
  isb
  mrc p15, 0, r0, c1, c0, 0
  orr r0, r0, #0x1800            // I cache, branch prediction
  orr r0, r0, #0x0005            // MMU, D cache
  bic r0, r0, #0x2000            // vectors by VBAR
  bic r0, r0, #0x30000000        // no TEX remap, no access flag
  bic r0, r0, #0x40000002        // exceptions in ARM state, unaligned access allowed
  mcr p15, 0, r0, c1, c0, 0
  isb
  ldr r0, =in_high_memory
  bx r0
in_high_memory:
  ldr r0, =kernel_vectors
  mcr p15, 0, r0, c12, c0, 0     // VBAR
  // Floating point is granted to user mode, and off until a thread has been given the registers.
  mov r0, #0x00f00000            // CPACR: cp10 and cp11, all 32 registers, NEON
  mcr p15, 0, r0, c1, c0, 2
  isb
  mov r0, #0
  vmsr fpexc, r0
  mcr p15, 0, r0, c13, c0, 4     // TPIDRPRW: nobody owns them (entry.S)
  // Small stacks for faults of the kernel itself.
  cps #0x1b
  ldr sp, =kernel_undefined_stack_top
  cps #0x17
  ldr sp, =kernel_abort_stack_top
  cps #0x11
  ldr sp, =kernel_undefined_stack_top
  cps #0x13
  ldr sp, =kernel_stack_top
  rsb r0, r8, #0                 // virtual - physical
  mov r11, #0
  bl kernel_start
  b resume
  .ltorg
