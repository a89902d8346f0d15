@ A process's first instructions. The kernel gives: r0 = ProcessArguments, sp = top of the first
@ thread's stack (8-byte aligned), lr = 0. Segments are in place, .bss is zero, there are no
@ constructors to run (process.ld asserts it). The image is not where it was linked: pointers in data are
@ put right here, before anything reads them.
        .syntax unified
        .arm
        .section .text.start, "ax", %progbits
        .global _start
        .type _start, %function
_start:
        mov     fp, #0
        mov     lr, #0                  @ a debugger's backtrace ends here
        adr     r1, _start
        sub     r1, r1, #0x10000        @ how far the image has slid: process.ld links _start there
        ldr     r2, relocations
        ldr     r3, relocations + 4
0:      add     r2, pc, r2
1:      add     r3, pc, r3
2:      cmp     r2, r3
        beq     runtime_start           @ does not return
        ldmia   r2!, {r4, r5}           @ a pointer's address as linked, and what to do with it
        cmp     r5, #23                 @ R_ARM_RELATIVE
        udfne   #0
        ldr     r5, [r4, r1]
        add     r5, r5, r1
        str     r5, [r4, r1]
        b       2b
relocations:
        .word   runtime_relocations - (0b + 8), runtime_relocations_end - (1b + 8)
        .size _start, . - _start
        .section .note.GNU-stack, "", %progbits
