@ System calls with every register set and looked at, and probes of single words.
        .syntax unified
        .arm
        .text

@ The image lies anywhere: \reg becomes the address of \symbol, by its distance from here.
.macro address reg, symbol
        movw    \reg, #:lower16:(\symbol - (. + 16))
        movt    \reg, #:upper16:(\symbol - (. + 12))
        add     \reg, pc, \reg
.endm

@ void raw_call(RawRegisters* registers): loads r0-r12 and lr from it, enters the kernel, stores r0-r12,
@ lr and the difference of sp back. AAPCS call.
        .global raw_call
        .type raw_call, %function
raw_call:
        push    {r4-r11, lr}
        push    {r0}
        ldr     lr, [r0, #14 * 4]
        address r1, raw_sp
        str     sp, [r1]
        ldmia   r0, {r0-r12}
        .global raw_svc
raw_svc:
        svc     #0
        push    {r0, r1}
        mrs     r1, cpsr
        address r0, raw_status
        str     r1, [r0]
        address r1, raw_sp
        ldr     r1, [r1]
        add     r0, sp, #8
        sub     r1, r0, r1              @ 0: sp was kept
        ldr     r0, [sp, #8]            @ registers
        str     r1, [r0, #13 * 4]
        str     r2, [r0, #2 * 4]
        add     r1, r0, #3 * 4
        stmia   r1, {r3-r12}
        str     lr, [r0, #14 * 4]
        pop     {r2, r3}
        str     r2, [r0]
        str     r3, [r0, #4]
        pop     {r0}
        pop     {r4-r11, pc}
        .size raw_call, . - raw_call

@ uint32_t spin_with_canaries(uint32_t rounds, uint32_t seed): every register but r0 holds a value made
@ of the seed while r0 counts down; then each is looked at. 0, or the number of the first that changed
@ plus 1. The flags must stay, too.
        .global spin_with_canaries
        .type spin_with_canaries, %function
spin_with_canaries:
        push    {r4-r12, lr}
        push    {r0, r1}                @ [sp]: rounds, [sp, #4]: seed
        mov     lr, r1
        add     r1, lr, #1
        add     r2, lr, #2
        add     r3, lr, #3
        add     r4, lr, #4
        add     r5, lr, #5
        add     r6, lr, #6
        add     r7, lr, #7
        add     r8, lr, #8
        add     r9, lr, #9
        add     r10, lr, #10
        add     r11, lr, #11
        add     r12, lr, #12
        msr     cpsr_f, #0x30000000     @ C and V set, N and Z clear; nothing below may change them
1:      sub     r0, r0, #1
        teq     r0, #0                  @ N and Z
        bne     1b
        mrs     r0, cpsr
        lsr     r0, r0, #28
        cmp     r0, #7                  @ Z by the last teq, C and V kept
        movne   r0, #17
        bne     2f
        ldr     r0, [sp, #4]
        cmp     r0, lr
        movne   r0, #15
        bne     2f
        .irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
        add     r0, lr, #\n
        cmp     r0, r\n
        movne   r0, #\n + 1
        bne     2f
        .endr
        mov     r0, #0
2:      add     sp, sp, #8
        pop     {r4-r12, pc}
        .size spin_with_canaries, . - spin_with_canaries

@ uint32_t spin_with_vfp_canaries(uint32_t rounds, uint32_t seed): the same for the 32 floating-point
@ registers and the flags of FPSCR. 0, or the number of the first that changed plus 1, or 33 for FPSCR.
        .fpu    neon-vfpv4
        .global spin_with_vfp_canaries
        .type spin_with_vfp_canaries, %function
spin_with_vfp_canaries:
        mov     r2, r1
        .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        vmov    d\n, r2, r1             @ the seed in one half, with the register's number in the other
        add     r2, r2, #1
        .endr
        and     r3, r1, #0xf0000000
        vmsr    fpscr, r3
1:      subs    r0, r0, #1
        bne     1b
        vmrs    r0, fpscr
        cmp     r0, r3
        movne   r0, #33
        bxne    lr
        mov     r2, r1
        .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        vmov    r0, r3, d\n
        cmp     r0, r2
        cmpeq   r3, r1
        movne   r0, #\n + 1
        bxne    lr
        add     r2, r2, #1
        .endr
        mov     r0, #0
        bx      lr
        .size spin_with_vfp_canaries, . - spin_with_vfp_canaries

@ void fill_floats(uint32_t seed): d0 to d31, as above.
        .global fill_floats
        .type fill_floats, %function
fill_floats:
        mov     r2, r0
        .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        vmov    d\n, r2, r0
        add     r2, r2, #1
        .endr
        bx      lr
        .size fill_floats, . - fill_floats

@ void store_floats(uint32_t* words): d0 to d31.
        .global store_floats
        .type store_floats, %function
store_floats:
        vstmia  r0!, {d0-d15}
        vstmia  r0!, {d16-d31}
        bx      lr
        .size store_floats, . - store_floats

@ A function that returns at once, alone in its word.
        .global just_return
just_return:
        bx      lr

@ void probe_read(uint32_t address) and so on: the accesses that may fault, each one instruction.
        .global probe_read
probe_read:
        ldr     r0, [r0]
        bx      lr
        .global probe_write
probe_write:
        str     r1, [r0]
        bx      lr
        .global probe_execute
probe_execute:
        bx      r0                      @ what stands there returns for us

@ Calls from Thumb state, and with the stack pointer in the kernel's half.
        .global thumb_undefined
thumb_undefined:
        adr     r0, 3f + 1
        bx      r0
        .thumb
        .balign 4
3:      movs    r0, #0
        mov     r12, r0
        svc     #0                      @ kNull: this must come back
        udf     #7
        .arm
        .balign 4
        .global call_without_stack
call_without_stack:
        mov     r10, sp
        mov     sp, #0xc0000000
        mov     r12, #1                 @ kYield
        svc     #0
        mov     sp, r10
        mov     r12, #0x400             @ no such call
        svc     #0
        bx      lr

        .bss
        .balign 4
raw_sp: .space 4
        .global raw_status
        .hidden raw_status
raw_status: .space 4
        .section .note.GNU-stack, "", %progbits
