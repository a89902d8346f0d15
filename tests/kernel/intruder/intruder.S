@ An intruder: it lives to reach for one word of one page, and to say what that page was to it.
@
@ Which word follows from how often it has been started, the generation in its ProcessArguments; so that
@ nobody has to tell it: page = generation * STRIDE modulo 2^20, access = generation modulo 3 (read, write,
@ execute). Any 3 * 2^20 lives in a row, none of them 2^24 or more, try each page for each access once.
@
@ What its page is to it, the class, is in r9 when it reaches, so that it stands in the crash record; when it
@ got what it wanted it ends with INTRUDED | class << 8 | access. The classes: suite/sweep.cc.
@
@ ROLE: 0 a stranger to all loans; 1 lends two pages, 2 was lent two; 3 and 4 the same, afterwards.
#include "tests/kernel/intruder/calls.inc"

        .equ STRIDE, 0x9e375            @ odd: every page comes
        .equ NONE, 1                    @ no page's address
#if ROLE == 1 || ROLE == 3
        .equ OWN_STACK, 3 * PAGE        @ what is on loan are the two pages below the first
#else
        .equ OWN_STACK, PAGE
#endif

        .section .text.start, "ax"
        .global _start
_start:
        mov     r10, r0                 @ arguments
        mov     r4, sp                  @ end of the stack
        sub     sp, sp, #64
        mov     r5, #NONE
        mov     r6, #NONE
        mov     r7, #NONE
        stmia   sp, {r4-r7, r10}        @ and what it shares for reading, has and has lent for writing

#if ROLE == 1
        first_service CALL_CONNECT, 0
        mov     r11, r1
        mov     r6, #0
1:      adr     r0, lend                @ two threads, each with a loan that is not answered
        ldr     r1, [sp]
        sub     r1, r1, #1024
        sub     r1, r1, r6, lsl #8
        add     r2, r6, r11, lsl #1
        mov     r3, #PRIORITY
        mov     r4, #0
        mov     r5, r6
        str     r5, [sp, #24]
        call    CALL_THREAD_CREATE
        cmp     r0, #0
        bne     no_setup
        ldr     r6, [sp, #24]
        add     r6, r6, #1
        cmp     r6, #2
        blo     1b
        call    CALL_YIELD              @ they go first
        ldr     r4, [sp]
        ldrd    r0, r1, [r4, #-16]      @ each has asked, and has no answer
        cmp     r0, #1
        cmpeq   r1, #1
        bne     no_setup
        sub     r8, r4, #2 * PAGE
        sub     r7, r4, #3 * PAGE
        str     r7, [sp, #4]
        str     r8, [sp, #12]
#elif ROLE == 3
        first_service CALL_CONNECT, 0
        mov     r11, r1
        ldr     r4, [sp]
        movw    r1, #TAKE_BACK
        sub     r2, r4, #2 * PAGE
        bl      lend_and_get_back
        ldr     r4, [sp]
        movw    r1, #LEND_BACK
        sub     r2, r4, #3 * PAGE
        bl      lend_and_get_back
#elif ROLE == 2 || ROLE == 4
        first_service CALL_SERVE, 0
        str     r1, [sp, #20]
1:      ldr     r0, [sp, #20]
        call    CALL_RECEIVE
        cmp     r0, #0
        bne     no_setup
        cmp     r3, #PAGE
        bne     no_setup
        lsr     r1, r1, #8
        cmp     r1, #2
        streq   r2, [sp, #4]
        streq   r11, [sp, #24]
        cmp     r1, #3
        streq   r2, [sp, #8]
        streq   r11, [sp, #28]
        ldr     r4, [sp, #4]
        ldr     r5, [sp, #8]
        cmp     r4, #NONE
        cmpne   r5, #NONE
        beq     1b
#if ROLE == 4
        ldr     r0, [sp, #24]
        mov     r1, #0
        call    CALL_REPLY
        cmp     r0, #0
        bne     no_setup
        ldr     r0, [sp, #28]
        mov     r1, #0
        call    CALL_REPLY
        cmp     r0, #0
        bne     no_setup
        mov     r4, #NONE
        str     r4, [sp, #4]
        str     r4, [sp, #8]
#endif
#endif

@ What to reach for: r1 page, r2 access.
        ldr     r10, [sp, #16]
        ldr     r4, [r10, #4]
        movw    r0, #:lower16:STRIDE
        movt    r0, #:upper16:STRIDE
        mul     r1, r4, r0
        lsl     r1, r1, #12
        movw    r0, #0xaaab
        movt    r0, #0xaaaa
        umull   r3, r2, r4, r0
        lsr     r2, r2, #1              @ generation / 3
        add     r2, r2, r2, lsl #1
        sub     r2, r4, r2

@ Whose page that is.
        mov     r9, #0
        adr     r0, _start
        cmp     r0, r1
        moveq   r9, #1                  @ text
        bic     r0, r10, #0xff
        bic     r0, r0, #0xf00
        cmp     r0, r1
        moveq   r9, #2                  @ arguments
        ldr     r3, [sp]
        sub     r3, r3, r1              @ a page to OWN_STACK below the stack's end
        sub     r3, r3, #1
        cmp     r3, #OWN_STACK
        movlo   r9, #3
        ldr     r0, [sp, #4]
        cmp     r0, r1
        moveq   r9, #4                  @ shared for reading
        ldr     r0, [sp, #8]
        cmp     r0, r1
        moveq   r9, #5                  @ borrowed for writing
        ldr     r0, [sp, #12]
        cmp     r0, r1
        moveq   r9, #6                  @ lent for writing
@ Anywhere in it, but what of our text is run must be harmless.
        ubfx    r3, r4, #5, #10
        add     r1, r1, r3, lsl #2
        cmp     r9, #1
        cmpeq   r2, #2
        adreq   r1, just_return
        mov     sp, #0                  @ nothing to trace back: that would take long
        mov     r7, #INTRUDED
        orr     r7, r7, r2
        orr     r7, r7, r9, lsl #8
        mov     r4, #0
        cmp     r2, #1
        ldrlo   r0, [r1]
        streq   r4, [r1]
        blxhi   r1
        mov     r0, r7
        b       exit
no_setup:
        orr     r0, r0, #NO_SETUP
exit:
        call    CALL_EXIT
just_return:
        bx      lr

#if ROLE == 1
@ r0: which loan, handle << 1. Says in the first page, behind the stack's end, how far it is.
lend:
        and     r6, r0, #1
        lsr     r0, r0, #1
        orr     r7, sp, #0xff
        orr     r7, r7, #0xf00
        add     r7, r7, #1              @ end of the stack
        cmp     r6, #0
        movweq  r1, #LEND_TAKE
        movwne  r1, #LEND_HOLD
        sub     r2, r7, #2 * PAGE
        sub     r2, r2, r6, lsl #12
        mov     r3, #PAGE
        sub     r10, r7, #16
        add     r10, r10, r6, lsl #2
        mov     r5, #1
        str     r5, [r10]
        no_more_words
        call    CALL_CALL
        b       no_setup                @ nobody was to answer
#elif ROLE == 3
lend_and_get_back:
        mov     r10, lr
        mov     r0, r11
        mov     r3, #PAGE
        no_more_words
        call    CALL_CALL
        cmp     r0, #0
        bne     no_setup
        bx      r10
#endif
        .section .note.GNU-stack, "", %progbits
