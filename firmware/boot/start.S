// Entry from the ROM: SVC mode, MMU and caches off, 12 MHz. Sets up stacks and zeros, then boot_main().
// Exceptions end in boot_exception(), which tells and stops.
    .syntax unified
    .arm
    .section .text.start, "ax", %progbits
    .global _start
_start:
    cpsid   aif, #0x13
    mrc     p15, 0, r0, c1, c0, 0       @ SCTLR
    bic     r0, r0, #0x3000             @ vectors at VBAR, I-cache off
    bic     r0, r0, #0x0007             @ MMU, alignment check and D-cache off
    mcr     p15, 0, r0, c1, c0, 0
    mov     r0, #0
    mcr     p15, 0, r0, c7, c5, 0       @ ICIALLU
    mcr     p15, 0, r0, c7, c5, 6       @ BPIALL
    mcr     p15, 0, r0, c8, c7, 0       @ TLBIALL
    dsb
    isb
    ldr     r0, =vectors
    mcr     p15, 0, r0, c12, c0, 0      @ VBAR
    mrc     p15, 0, r0, c1, c0, 0
    orr     r0, r0, #0x1800             @ I-cache and branch prediction on
    mcr     p15, 0, r0, c1, c0, 0
    isb

    ldr     r0, =__exception_stack_top  @ one for all: an exception never returns
    cps     #0x17
    mov     sp, r0
    cps     #0x1b
    mov     sp, r0
    cps     #0x13
    ldr     sp, =__stack_top

    ldr     r0, =__bss_start
    ldr     r1, =__bss_end
    mov     r2, #0
1:  cmp     r0, r1
    strlo   r2, [r0], #4
    blo     1b
    bl      boot_main
    b       boot_stop

// Sleeps for ever, interrupts off. The debugger still gets in.
    .global boot_stop
boot_stop:
    dsb
    wfi
    b       boot_stop

    .balign 32
vectors:
    b       .                           @ reset
    b       undefined
    b       supervisor
    b       prefetch
    b       data
    b       .
    b       .                           @ interrupts are masked
    b       .
undefined:
    mov     r0, #0
    sub     r1, lr, #4
    b       report
supervisor:
    ldr     sp, =__exception_stack_top
    mov     r0, #1
    sub     r1, lr, #4
    b       report
prefetch:
    mov     r0, #2
    sub     r1, lr, #4
    b       report
data:
    mov     r0, #3
    sub     r1, lr, #8
report:
    mrc     p15, 0, r2, c5, c0, 0       @ DFSR
    mrc     p15, 0, r3, c6, c0, 0       @ DFAR
    bl      boot_exception
    b       boot_stop

// void boot_caches_on(const void* table): MMU on with `table`, caches on. Registers only, so that no
// store is in flight between the two states.
    .text
    .global boot_caches_on
boot_caches_on:
    push    {r4, r5, r6, lr}
    mov     r6, r0
    ldr     lr, =1f
    mov     r12, #0                     @ invalidate: what power-on left in the cache is no data
    b       every_line
1:  mcr     p15, 0, r6, c2, c0, 0       @ TTBR0, walks uncached: the table was written uncached
    mov     r0, #0
    mcr     p15, 0, r0, c2, c0, 2       @ TTBCR
    mov     r0, #1
    mcr     p15, 0, r0, c3, c0, 0       @ DACR: domain 0 by its permissions
    mov     r0, #0
    mcr     p15, 0, r0, c8, c7, 0
    dsb
    isb
    mrc     p15, 0, r0, c1, c0, 0
    bic     r0, r0, #0x30000000         @ no access flag, no TEX remap
    orr     r0, r0, #0x5                @ MMU and D-cache
    mcr     p15, 0, r0, c1, c0, 0
    isb
    pop     {r4, r5, r6, pc}

// [[noreturn]] boot_jump(entry, argument): caches cleaned and off, MMU off, then there. No memory access from
// the moment the D-cache is off until it is clean.
    .global boot_jump
boot_jump:
    mov     r8, r0
    mov     r9, r1
    mrc     p15, 0, r0, c1, c0, 0
    bic     r0, r0, #0x4                @ D-cache
    mcr     p15, 0, r0, c1, c0, 0
    isb
    movw    lr, #:lower16:2f
    movt    lr, #:upper16:2f
    mov     r12, #1
    b       every_line
2:  mrc     p15, 0, r0, c1, c0, 0
    bic     r0, r0, #0x1800             @ I-cache, branch prediction
    bic     r0, r0, #0x0001             @ MMU; this code lies at its physical address
    mcr     p15, 0, r0, c1, c0, 0
    isb
    mov     r0, #0
    mcr     p15, 0, r0, c7, c5, 0
    mcr     p15, 0, r0, c7, c5, 6
    mcr     p15, 0, r0, c8, c7, 0
    dsb
    isb
    mov     r0, r9
    bx      r8

// Every line of the L1 D-cache, by set and way: r12 = 0 invalidate, 1 clean and invalidate. Returns to
// lr; uses r0-r5.
every_line:
    mov     r0, #0
    mcr     p15, 2, r0, c0, c0, 0       @ CSSELR: L1, data
    isb
    mrc     p15, 1, r1, c0, c0, 0       @ CCSIDR
    and     r5, r1, #7
    add     r5, r5, #4                  @ log2 of the line's bytes
    ubfx    r2, r1, #3, #10             @ ways - 1
    ubfx    r3, r1, #13, #15            @ sets - 1
    clz     r4, r2                      @ where the way's number begins
3:  mov     r1, r3
4:  lsl     r0, r2, r4
    orr     r0, r0, r1, lsl r5
    cmp     r12, #0
    mcreq   p15, 0, r0, c7, c6, 2       @ DCISW
    mcrne   p15, 0, r0, c7, c14, 2      @ DCCISW
    subs    r1, r1, #1
    bpl     4b
    subs    r2, r2, #1
    bpl     3b
    dsb
    bx      lr
    .ltorg
