@ Lends two pages, one for reading and one for writing, to whoever serves, again and again.
#include "tests/kernel/intruder/calls.inc"
        .section .text.start, "ax"
        .global _start
_start:
        mov     r10, sp
        first_service CALL_CONNECT, 1
        mov     r11, r1
        adr     r0, lend_for_reading
        sub     r1, r10, #1024
        mov     r2, r11
        mov     r3, #PRIORITY
        mov     r4, #0
        call    CALL_THREAD_CREATE
        movw    r0, #LEND_TAKE
        sub     r1, r10, #2 * PAGE
        b       lend
lend_for_reading:
        mov     r11, r0
        orr     r10, sp, #0xff
        orr     r10, r10, #0xf00
        add     r10, r10, #1
        movw    r0, #LEND_HOLD
        sub     r1, r10, #3 * PAGE
lend:
        mov     r10, r1                 @ page; r11 handle
        str     r0, [sp, #-8]!
0:      ldr     r1, [sp]
        mov     r0, r11
        mov     r2, r10
        mov     r3, #PAGE
        no_more_words
        call    CALL_CALL
        cmp     r0, #0
        beq     0b
        call    CALL_YIELD              @ nobody serves now
        b       0b
        .section .note.GNU-stack, "", %progbits
