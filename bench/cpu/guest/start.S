/* Start of a benchmark guest for QEMU's virt machine (RAM at 0x40000000): maps memory one to one by
   sections, switches the MMU on, runs work(rounds) and ends by a semihosting exit whose status is
   seven bits of the result. */
    .syntax unified
    .arm
    .section .text.start, "ax"
    .global _start
_start:
    ldr     sp, =0x40600000
    ldr     r0, =0x40800000         @ 16 KiB translation table
    mov     r1, #0
    movw    r3, #0x0c0e             @ section: full access, write-back
    movw    r4, #0x0c02             @ section: full access, strongly ordered
1:  lsl     r2, r1, #20
    cmp     r1, #0x400
    orrlo   r2, r2, r4
    orrhs   r2, r2, r3
    str     r2, [r0, r1, lsl #2]
    add     r1, r1, #1
    cmp     r1, #0x1000
    blo     1b
    mov     r1, #0
    mcr     p15, 0, r1, c2, c0, 2   @ TTBCR
    mcr     p15, 0, r0, c2, c0, 0   @ TTBR0
    mov     r1, #1
    mcr     p15, 0, r1, c3, c0, 0   @ DACR: client
    mcr     p15, 0, r1, c8, c7, 0   @ TLBIALL
    dsb
    isb
    mrc     p15, 0, r1, c1, c0, 0
    orr     r1, r1, #0x1000
    orr     r1, r1, #5
    mcr     p15, 0, r1, c1, c0, 0
    isb
    ldr     r0, =__bss_start
    ldr     r1, =__bss_end
    mov     r2, #0
2:  cmp     r0, r1
    strlo   r2, [r0], #4
    blo     2b
    ldr     r0, =0x40208000         @ rounds, put there by whoever loads this
    ldr     r0, [r0]
    bl      work
    and     r0, r0, #0x7f
    ldr     r1, =parameters
    str     r0, [r1, #4]
    mov     r0, #0x20               @ SYS_EXIT_EXTENDED
    svc     0x123456
3:  b       3b

    .data
parameters:
    .word   0x20026, 0              @ ADP_Stopped_ApplicationExit, status
