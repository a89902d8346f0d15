@ A process's first instructions. The kernel gives: r0 = ProcessArguments, sp = top of the first
@ thread's stack (8-byte aligned), lr = 0. Segments are in place, .bss is zero, there are no
@ constructors to run (process.ld asserts it).
        .syntax unified
        .arm
        .section .text.start, "ax", %progbits
        .global _start
        .type _start, %function
_start:
        mov     fp, #0
        mov     lr, #0                  @ a debugger's backtrace ends here
        b       runtime_start           @ does not return
        .size _start, . - _start
        .section .note.GNU-stack, "", %progbits
