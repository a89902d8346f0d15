// Entry from the debugger: r0 the operation, r1 to r3 its arguments. Ends in BKPT with the answer in
// r0 to r3 (bringup/applets/applet.h).
    .syntax unified
    .arm
    .section .text.start, "ax", %progbits
    .global _start
_start:
    cpsid   aif, #0x13
    ldr     sp, =__stack_top
    push    {r0-r3}                     @ the Call

    ldr     r4, =vectors
    mcr     p15, 0, r4, c12, c0, 0      @ VBAR
    mov     r4, #0
    mcr     p15, 0, r4, c7, c5, 0       @ what the debugger loaded is not what the I-cache holds
    mcr     p15, 0, r4, c7, c5, 6       @ nor what branches were predicted by
    dsb
    isb
    mrc     p15, 0, r4, c1, c0, 0       @ SCTLR
    bic     r4, r4, #0x2000             @ vectors at VBAR
    bic     r4, r4, #0x0005             @ MMU and data cache off
    orr     r4, r4, #0x1800             @ instruction cache and branch prediction on
    mcr     p15, 0, r4, c1, c0, 0
    isb

    // Operation 0 begins afresh, and so does any call that finds no earlier one's mark.
    ldr     r4, =alive
    ldr     r5, =0x45564c41             @ "ALVE"
    ldr     r6, [r4]
    cmp     r0, #0
    cmpne   r6, r5
    bne     fresh
    cmp     r0, #0
    bne     ready
fresh:
    ldr     r6, =__bss_start
    ldr     r7, =__bss_end
    mov     r8, #0
1:  cmp     r6, r7
    strlo   r8, [r6], #4
    blo     1b
    str     r5, [r4]
ready:
    mov     r0, sp                      @ the Call
    sub     sp, sp, #16
    mov     r1, sp                      @ the Answer
    bl      applet
end:
    dsb
    pop     {r0-r3}
1:  bkpt    #0
    b       1b

    .balign 32
vectors:
    b       .                           @ reset
    b       undefined
    b       .                           @ supervisor call
    b       prefetch
    b       data
    b       .
    b       .                           @ interrupts are masked
    b       .
undefined:
    sub     r5, lr, #4
    mov     r4, #1
    b       fault
prefetch:
    sub     r5, lr, #4
    mov     r4, #2
    b       fault
data:
    sub     r5, lr, #8
    mov     r4, #3
fault:
    cpsid   aif, #0x13
    ldr     sp, =__stack_top
    sub     sp, sp, #16
    mov     r0, r4
    mov     r1, r5
    mov     r2, sp
    bl      applet_fault
    b       end
    .ltorg

    .section .noinit, "aw", %nobits
    .balign 4
alive:
    .space  4
