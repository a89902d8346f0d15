// Enters the kernel as a user thread would, and comes back when it has chosen whom to resume: no user
// page is mapped, so the first user instruction is a prefetch abort, which ends here.
#include "kernel/arch/armv7a/offsets.h"

  .syntax unified
  .arch armv7-a
  .fpu neon-vfpv4
  .section .text, "ax"

  .balign 32
  .global paths_vectors
paths_vectors:
  b .
  b paths_failed
  b .
  b paths_returned
  b paths_failed
  b .
  b .
  b .

// paths_enter_*(thread, registers): r0-r14 and pc of the user, who runs with the status that the
// thread has.
.macro enter name, vectors
  .global \name
\name:
  push {r4-r11, lr}
  ldr r2, =harness_sp
  str sp, [r2]
  ldr r2, [r1, #60]
  mov lr, r2                     // the user's pc
  ldr r2, [r0, #THREAD_PC + 4]
  msr spsr_cxsf, r2
  add sp, r0, #THREAD_PC + 8
  add r2, r1, #52
  ldmia r2, {r13, r14}^
  mov r14, r14
  mov r0, r1
  ldmia r0, {r0-r12}
  ldr pc, =\vectors + 8
.endm
  enter paths_enter_fast, kernel_vectors
  enter paths_enter_general, kernel_vectors_general

// paths_on_own_stack(function): the kernel's is the kernel's, which starts at its top each time.
  .global paths_on_own_stack
paths_on_own_stack:
  ldr sp, =KERNEL_BASE + 0x06010000
  bx r0

// paths_resume(thread): as the kernel does when it has chosen one.
  .global paths_resume
paths_resume:
  push {r4-r11, lr}
  ldr r2, =harness_sp
  str sp, [r2]
  b resume

// paths_result: r0-r14, pc, status, the SVC stack pointer (which names the thread), and what a switch
// sets in the coprocessors.
paths_returned:
  ldr sp, =paths_result
  stmia sp, {r0-r14}^
  mov r14, r14
  sub lr, lr, #4
  str lr, [sp, #60]
  mrs r0, spsr
  str r0, [sp, #64]
  mov r1, sp
  cps #0x13
  str sp, [r1, #68]
  mrc p15, 0, r0, c13, c0, 1     // CONTEXTIDR
  str r0, [r1, #72]
  mrc p15, 0, r0, c2, c0, 0      // TTBR0
  str r0, [r1, #76]
  mrc p15, 0, r0, c13, c0, 2     // TPIDRURW
  str r0, [r1, #80]
  mrc p15, 0, r0, c13, c0, 3     // TPIDRURO
  str r0, [r1, #84]
  mrc p15, 0, r0, c13, c0, 4     // TPIDRPRW: who owns the floating point registers
  str r0, [r1, #88]
  vmrs r0, fpexc
  str r0, [r1, #92]
  ldr r2, =harness_sp
  ldr sp, [r2]
  pop {r4-r11, pc}

paths_failed:
  mov r0, lr
  ldr sp, =kernel_stack_top
  b paths_fault

  .ltorg
  .bss
  .balign 8
harness_sp: .space 4
  .global paths_result
paths_result: .space 96
