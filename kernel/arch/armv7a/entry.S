// From user mode into the kernel and back.
//
// While a thread runs, SVC's stack pointer stands just behind the `status` word of its Context, so
// that an exception of any kind saves straight into the thread. The kernel proper runs on one stack,
// with interrupts off, and never returns to where it was: it ends by loading a thread.
//
// TPIDRPRW names the thread whose floating point registers the processor holds, by the address of
// its saved pc; 0: nobody's. FPEXC.EN is set only while that thread runs.
#include "kernel/arch/armv7a/offsets.h"

  .syntax unified
  .arch armv7-a
  .fpu neon-vfpv4
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

// The thread pointer of \thread; \scratch is lost.
.macro load_thread_pointer thread, scratch
  ldr \scratch, [\thread, #THREAD_POINTER]
  mcr p15, 0, \scratch, c13, c0, 3  // TPIDRURO
.endm

// Out of line, when one of two threads owns the floating point registers: r10 owner, sp the thread
// that comes, both + THREAD_PC. Turns them on or off, goes on at \back with r12 = 0. r11 is lost.
.macro switch_floats back
  cmp r10, sp
  moveq r11, #FPEXC_ENABLE
  beq 9f
  ldrb r11, [r10, #THREAD_HOLDS_KEYS - THREAD_PC]
  cmp r11, #0
  adrne r12, 8f
  bne hide_floats
8:
  mov r11, #0
9:
  vmsr fpexc, r11
  mov r12, #0
  b \back
.endm

// --- system calls -----------------------------------------------------------------------------
// The fast path: a scalar call to a server that waits, and an answer with nothing else to receive.
// The eight words stay where they are, in r2-r9. All tests come before the first store to anything
// but the thread's own saved registers; whoever fails one takes the general path with nothing done.
  .balign 32
system_call_entry:
  srsdb sp!, #0x13               // pc, status
  cmp r12, #CALL_CALL            // which call
  bne 1f
  stmdb sp, {r10-r14}^           // r0-r9 are the message

  ldr r10, [sp, #THREAD_PROCESS - THREAD_PC]
  ldr r11, [r10, #PROCESS_CALLABLE]  // handles below this may be called
  cmp r0, r11
  bhs general_path               // no such connection, or kCall is denied
  cmp r1, #63                    // a kind of 0: scalar; a method below 64
  bhi general_path               // lends, or no method
  add r10, r10, r0, lsl #CONNECTION_SHIFT  // the connection, first in its process
  lsr r11, r1, #5
  ldr r11, [r10, r11, lsl #2]    // the half of the mask that holds the method
  ror r11, r11, r1
  tst r11, #1
  beq general_path               // not permitted
  ldr r12, [r10, #CONNECTION_SERVER]
  ldr lr, [r12, #SERVER_WAITING]  // of a dead server nobody waits
  cmp lr, #0
  beq general_path               // nobody waits

  // r1 Info, r2-r9 words, r12 server, lr receiver, sp caller + THREAD_PC.
  ldr r10, [lr, #THREAD_NEXT]    // the receiver leaves the list
  str r10, [r12, #SERVER_WAITING]
  str lr, [r12, #SERVER_LAST_RECEIVER]  // who inherits from those that will queue
  sub r0, sp, #THREAD_PC
  str r0, [lr, #THREAD_SERVING]  // both know each other
  str lr, [r0, #THREAD_SERVED_BY]
  str r12, [r0, #THREAD_SERVER]
  mov r10, #STATE_AWAITING_REPLY
  strb r10, [r0, #THREAD_STATE]
  ldrb r10, [r0, #THREAD_PRIORITY]
  ldrb r11, [lr, #THREAD_PRIORITY]
  cmp r11, r10
  strblo r10, [lr, #THREAD_PRIORITY]  // the receiver inherits
  ldrd r10, r11, [lr, #THREAD_SPACE]
  switch_space r10, r11, r12
  strb r12, [lr, #THREAD_STATE]  // runnable
  str r12, [lr, #THREAD_NEXT]
  load_thread_pointer lr, r11
  mrc p15, 0, r10, c13, c0, 4    // TPIDRPRW
  cmp r10, sp                    // who goes has the floating point registers
  add sp, lr, #THREAD_PC
  cmpne r10, sp                  // or who comes
  beq call_switches_floats
call_resumes:
  ldrd r10, r11, [r0, #THREAD_IDENTITY]  // and token
  mov r0, #0
  ldmdb sp, {r13, r14}^          // what the receiver kept
  rfeia sp!

1:
  cmp r12, #CALL_REPLY_RECEIVE
  stmdb sp, {r10-r14}^
  bne other_call
  ldr r10, [sp, #THREAD_SERVING - THREAD_PC]  // the caller received last
  cmp r10, #0
  beq general_path               // answers a call that it had put off
  ldr r11, [r10, #THREAD_TOKEN]
  cmp r11, r0
  bne general_path               // another's, a stale one, or pages are to go back
  ldr r12, [r10, #THREAD_SERVER]
  ldr lr, [r12, #SERVER_PENDING]  // the queue, and notifications
  cmp lr, #0
  bne general_path               // something to receive
  ldr lr, =the_kernel
  ldrb r11, [r10, #THREAD_PRIORITY]
  ldr lr, [lr, #KERNEL_READY]
  lsrs lr, lr, r11               // bit p: a thread of priority p is ready
  bne general_path               // somebody as urgent as the caller is ready

  // r0 token, r1 error, r2-r9 words, r10 caller, r12 server, lr 0, sp server thread + THREAD_PC.
  str lr, [sp, #THREAD_SERVING - THREAD_PC]
  ldr r11, [r12, #SERVER_WAITING]  // the server thread joins the list
  str r11, [sp, #THREAD_NEXT - THREAD_PC]
  sub r11, sp, #THREAD_PC
  str r11, [r12, #SERVER_WAITING]
  str r12, [sp, #THREAD_SERVER - THREAD_PC]
  mov r12, #STATE_RECEIVING
  strb r12, [r11, #THREAD_STATE]
  ldrb r12, [r11, #THREAD_BASE_PRIORITY]
  strb r12, [r11, #THREAD_PRIORITY]  // who waits inherits nothing
  add r0, r0, #TOKEN_STEP        // this token names no call any more
  str r0, [r10, #THREAD_TOKEN]
  str lr, [r10, #THREAD_SERVED_BY]
  strb lr, [r10, #THREAD_STATE]  // runnable
  mov r0, r1                     // the caller's results: error, words
  mov r1, #0
  mov lr, r10
  ldrd r10, r11, [lr, #THREAD_SPACE]
  switch_space r10, r11, r12
  load_thread_pointer lr, r11
  mrc p15, 0, r10, c13, c0, 4    // TPIDRPRW
  cmp r10, sp                    // who goes has the floating point registers
  add sp, lr, #THREAD_PC
  cmpne r10, sp                  // or who comes
  beq reply_switches_floats
reply_resumes:
  ldmdb sp, {r10-r14}^           // what the caller kept
  mov r12, #0
  rfeia sp!

call_switches_floats:
  switch_floats call_resumes
reply_switches_floats:
  switch_floats reply_resumes

// The null call changes nothing, so there is nothing to decide.
other_call:
  cmp r12, #CALL_NULL
  bne general_path
  ldr r10, [sp, #THREAD_PROCESS - THREAD_PC]
  ldrb r10, [r10, #PROCESS_SYSCALLS]
  tst r10, #1 << CALL_NULL
  beq general_path
  mov r0, #0
  mov r1, #0
  mov r2, #0
  mov r3, #0
  mov r4, #0
  mov r5, #0
  mov r6, #0
  mov r7, #0
  mov r8, #0
  mov r9, #0
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
  load_thread_pointer r0, r1
  add sp, r0, #THREAD_PC
  mrc p15, 0, r10, c13, c0, 4    // TPIDRPRW
  cmp r10, #0
  bne resume_switches_floats
resume_loads:
  ldmdb sp, {r0-r14}^
  rfeia sp!

resume_switches_floats:
  switch_floats resume_loads

// --- floating point ----------------------------------------------------------------------------
// Nobody's registers, all zeros. They are on; \zero becomes 0.
.macro zero_floats zero
  mov \zero, #0
  vmsr fpscr, \zero
  mcr p15, 0, \zero, c13, c0, 4   // TPIDRPRW
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  vmov.i32 q\n, #0
  .endr
.endm

// Saves the registers of thread r10 (+ THREAD_PC), which has them, and leaves zeros. Returns to r12;
// r10 and r11 are lost.
hide_floats:
  add r11, r10, #THREAD_FLOATS - THREAD_PC
  vstmia r11!, {d0-d15}
  vstmia r11!, {d16-d31}
  vmrs r10, fpscr
  str r10, [r11]
  zero_floats r10
  bx r12

// For clear_floats(): nobody owns the registers from here on.
  .global floats_drop
  .type floats_drop, %function
floats_drop:
  mov r0, #FPEXC_ENABLE
  vmsr fpexc, r0
  zero_floats r0
  vmsr fpexc, r0
  bx lr

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

// The first use of floating point since another thread's: the registers change hands and the
// instruction is tried again. What the instruction is does not matter: if it is undefined in itself
// it comes back with the registers on.
undefined_entry:
  push {r0}
  mrs r0, spsr
  tst r0, #0xf                   // 0 for user mode
  popne {r0}
  bne undefined_for_good
  tst r0, #0x20                  // Thumb
  subeq lr, lr, #4
  subne lr, lr, #2
  pop {r0}
  srsdb sp!, #0x13
  cps #0x13
  sub sp, sp, #THREAD_PC
  stmia sp, {r0-r3}
  vmrs r0, fpexc
  tst r0, #FPEXC_ENABLE
  bne 3f
  mov r0, #FPEXC_ENABLE
  vmsr fpexc, r0
  add r0, sp, #THREAD_PC
  mrc p15, 0, r1, c13, c0, 4     // TPIDRPRW
  mcr p15, 0, r0, c13, c0, 4
  cmp r1, #0
  beq 2f
  add r2, r1, #THREAD_FLOATS - THREAD_PC
  vstmia r2!, {d0-d15}
  vstmia r2!, {d16-d31}
  vmrs r3, fpscr
  str r3, [r2]
2:
  add r2, sp, #THREAD_FLOATS
  vldmia r2!, {d0-d15}
  vldmia r2!, {d16-d31}
  ldr r3, [r2]
  vmsr fpscr, r3
  ldmia sp, {r0-r3}
  add sp, sp, #THREAD_PC
  rfeia sp!
3:
  ldmia sp, {r0-r3}
  add sp, sp, #THREAD_PC
  stmdb sp, {r0-r14}^
  sub r0, sp, #THREAD_PC
  ldr sp, =kernel_stack_top
  mov r1, #0
  bl kernel_fault
  b resume

undefined_for_good:
  fault_entry 0, 4
prefetch_abort_entry:
  fault_entry 1, 4
data_abort_entry:
  fault_entry 2, 8
fast_interrupt_entry:
  fault_entry 3, 4
  .ltorg
