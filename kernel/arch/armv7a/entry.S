// From user mode into the kernel and back.
//
// While a thread runs, SVC's stack pointer stands just behind the `status` word of its Context, so
// that an exception of any kind saves straight into the thread. The kernel proper runs on one stack,
// with interrupts off, and never returns to where it was: it ends by loading a thread.
#include "kernel/arch/armv7a/offsets.h"

  .syntax unified
  .arch armv7-a
  .section .text.entry, "ax"

// --- the vectors ------------------------------------------------------------------------------
  .balign 32
  .global kernel_vectors
kernel_vectors:
  b .                    // reset: never through here
  b undefined_entry
  b system_call_entry
  b prefetch_abort_entry
  b data_abort_entry
  b .
  b interrupt_entry
  b fast_interrupt_entry

// The same without the fast path: for the trace, and for tests that compare the two.
  .balign 32
  .global kernel_vectors_general
kernel_vectors_general:
  b .
  b undefined_entry
  b system_call_general_entry
  b prefetch_abort_entry
  b data_abort_entry
  b .
  b interrupt_entry
  b fast_interrupt_entry

system_call_general_entry:
  srsdb sp!, #0x13
  stmdb sp, {r10-r14}^
  b general_path

// --- switching --------------------------------------------------------------------------------
// To the address space \table, \id. The reserved id 0 in between keeps a speculative walk of the new
// table from being remembered under the old id. The return to user mode is the last barrier. Also
// ends what may not cross a switch: exclusive monitor, user's thread register. Leaves 0 in \zero.
.macro switch_space table, id, zero
  mov \zero, #0
  mcr p15, 0, \zero, c13, c0, 1  // CONTEXTIDR
  isb
  mcr p15, 0, \table, c2, c0, 0  // TTBR0
  isb
  mcr p15, 0, \id, c13, c0, 1
  mcr p15, 0, \zero, c13, c0, 2  // TPIDRURW
  clrex
.endm

// --- system calls -----------------------------------------------------------------------------
// The fast path: a scalar call to a server that waits, and an answer with nothing else to receive.
// The eight words stay where they are, in r2-r9. All tests come before the first store to anything
// but the thread's own saved registers; whoever fails one takes the general path with nothing done.
  .balign 32
system_call_entry:
  srsdb sp!, #0x13               // pc, status
  cmp r12, #CALL_CALL
  bne 1f
  stmdb sp, {r10-r14}^           // r0-r9 are the message

  ldr r10, [sp, #THREAD_PROCESS - THREAD_PC]
  ldr r11, [r10, #PROCESS_CALLABLE]
  cmp r0, r11
  bhs general_path               // no such connection, or kCall is denied
  cmp r1, #63
  bhi general_path               // lends, or no method
  add r10, r10, r0, lsl #CONNECTION_SHIFT
  lsr r11, r1, #5
  ldr r11, [r10, r11, lsl #2]    // the half of the mask that holds the method
  ror r11, r11, r1
  tst r11, #1
  beq general_path               // not permitted
  ldr r12, [r10, #CONNECTION_SERVER]
  ldr lr, [r12, #SERVER_WAITING]
  cmp lr, #0
  beq general_path               // nobody waits

  // r1 Info, r2-r9 words, r12 server, lr receiver, sp caller + THREAD_PC.
  ldr r10, [lr, #THREAD_NEXT]
  str r10, [r12, #SERVER_WAITING]
  str lr, [r12, #SERVER_LAST_RECEIVER]
  sub r0, sp, #THREAD_PC
  str r0, [lr, #THREAD_SERVING]
  str lr, [r0, #THREAD_SERVED_BY]
  str r12, [r0, #THREAD_SERVER]
  mov r10, #STATE_AWAITING_REPLY
  strb r10, [r0, #THREAD_STATE]
  ldrb r10, [r0, #THREAD_PRIORITY]
  ldrb r11, [lr, #THREAD_PRIORITY]
  cmp r11, r10
  strblo r10, [lr, #THREAD_PRIORITY]
  ldrd r10, r11, [lr, #THREAD_SPACE]
  switch_space r10, r11, r12
  strb r12, [lr, #THREAD_STATE]  // runnable
  str r12, [lr, #THREAD_NEXT]
  ldr r10, [r0, #THREAD_IDENTITY]
  ldr r11, [r0, #THREAD_TOKEN]
  mov r0, #0
  add sp, lr, #THREAD_PC
  ldmdb sp, {r13, r14}^
  rfeia sp!

1:
  cmp r12, #CALL_REPLY_RECEIVE
  stmdb sp, {r10-r14}^
  bne general_path
  ldr r10, [sp, #THREAD_SERVING - THREAD_PC]
  cmp r10, #0
  beq general_path               // answers a call that it had put off
  ldr r11, [r10, #THREAD_TOKEN]
  cmp r11, r0
  bne general_path               // another's, a stale one, or pages are to go back
  ldr r12, [r10, #THREAD_SERVER]
  ldr lr, [r12, #SERVER_PENDING]
  cmp lr, #0
  bne general_path               // something to receive
  ldr lr, =the_kernel
  ldrb r11, [r10, #THREAD_PRIORITY]
  ldr lr, [lr, #KERNEL_READY]
  lsrs lr, lr, r11
  bne general_path               // somebody as urgent as the caller is ready

  // r0 token, r1 error, r2-r9 words, r10 caller, r12 server, lr 0, sp server thread + THREAD_PC.
  str lr, [sp, #THREAD_SERVING - THREAD_PC]
  ldr r11, [r12, #SERVER_WAITING]
  str r11, [sp, #THREAD_NEXT - THREAD_PC]
  sub r11, sp, #THREAD_PC
  str r11, [r12, #SERVER_WAITING]
  str r12, [sp, #THREAD_SERVER - THREAD_PC]
  mov r12, #STATE_RECEIVING
  strb r12, [r11, #THREAD_STATE]
  ldrb r12, [r11, #THREAD_BASE_PRIORITY]
  strb r12, [r11, #THREAD_PRIORITY]
  add r0, r0, #TOKEN_STEP
  str r0, [r10, #THREAD_TOKEN]
  str lr, [r10, #THREAD_SERVED_BY]
  strb lr, [r10, #THREAD_STATE]  // runnable
  mov r0, r1
  mov r1, #0
  mov lr, r10
  ldrd r10, r11, [lr, #THREAD_SPACE]
  switch_space r10, r11, r12
  add sp, lr, #THREAD_PC
  ldmdb sp, {r10-r14}^
  mov r12, #0
  rfeia sp!

// r10-r14 are saved, r0-r9 are the user's.
general_path:
  sub sp, sp, #THREAD_PC
  stmia sp, {r0-r9}
  mov r0, sp
  ldr sp, =kernel_stack_top
  bl kernel_system_call
  b resume

// --- interrupts: only user mode runs with them on ------------------------------------------------
interrupt_entry:
  sub lr, lr, #4
  srsdb sp!, #0x13
  cps #0x13
  stmdb sp, {r0-r14}^
  sub r0, sp, #THREAD_PC
  ldr sp, =kernel_stack_top
  bl kernel_interrupt
// Falls into resume.

// r0: the thread to run next. Its space is loaded if it is not the one that is loaded.
  .global resume
resume:
  ldrd r2, r3, [r0, #THREAD_SPACE]
  mrc p15, 0, r1, c13, c0, 1
  cmp r1, r3
  beq 2f
  switch_space r2, r3, r1
2:
  clrex
  add sp, r0, #THREAD_PC
  ldmdb sp, {r0-r14}^
  rfeia sp!

// --- faults -----------------------------------------------------------------------------------
// Each of these modes has a small stack of its own, which holds what a fault of the kernel itself
// needs. A user's fault goes on as an interrupt does.
.macro fault_entry kind, adjust
  sub lr, lr, #\adjust
  push {r0}
  mrs r0, spsr
  tst r0, #0xf                   // 0 for user mode
  bne 3f
  pop {r0}
  srsdb sp!, #0x13
  cps #0x13
  stmdb sp, {r0-r14}^
  sub r0, sp, #THREAD_PC
  ldr sp, =kernel_stack_top
  mov r1, #\kind
  bl kernel_fault
  b resume
3:
  pop {r0}
  push {r0-r12, lr}
  mov r0, sp
  mrs r1, spsr
  mov r2, #\kind
  bl kernel_fault_in_kernel
.endm

undefined_entry:
  fault_entry 0, 4
prefetch_abort_entry:
  fault_entry 1, 4
data_abort_entry:
  fault_entry 2, 8
fast_interrupt_entry:
  fault_entry 3, 4
  .ltorg
