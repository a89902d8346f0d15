@ Keeps what it is lent until two loans have come after it, or gives it back at once, as the method says;
@ and says how many came.
#include "tests/kernel/intruder/calls.inc"
        .section .text.start, "ax"
        .global _start
_start:
        sub     sp, sp, #64
        mov     r4, #0
        mov     r5, #0
        strd    r4, r5, [sp]            @ tokens of the loans that it has, older first
        str     r4, [sp, #8]            @ how many came
        first_service CALL_SERVE, 0
        str     r1, [sp, #12]
0:      ldr     r0, [sp, #12]
        call    CALL_RECEIVE
        cmp     r11, #0
        beq     0b
        and     r4, r1, #0xff
        ldr     r3, [sp, #8]
        cmp     r4, #METHOD_ACT
        mov     r0, r11
        beq     1f
        add     r3, r3, #1
        str     r3, [sp, #8]
        cmp     r4, #METHOD_BACK
        beq     1f
        ldrd    r4, r5, [sp]
        str     r5, [sp]
        str     r11, [sp, #4]
        mov     r0, r4
        cmp     r0, #0
        beq     0b
1:      mov     r1, #0
        mov     r2, r3
        mov     r3, #0
        mov     r4, #0
        mov     r5, #0
        mov     r6, #0
        mov     r7, #0
        mov     r8, #0
        mov     r9, #0
        call    CALL_REPLY              @ kNotFound when the lender is dead; its pages are free then
        b       0b
        .section .note.GNU-stack, "", %progbits
