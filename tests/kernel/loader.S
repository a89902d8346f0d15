// What a boot chain would have done, for QEMU's loader device: the image is in RAM already; names it
// to the kernel and jumps there.
  .syntax unified
  .arm
  .section .text.start, "ax"
  .global _start
_start:
  adr r0, boot_info
  ldr r1, =0x80001000            // the kernel, behind the image's first page
  bx r1
  .balign 8
boot_info:                       // kernel::abi::BootInfo
  .word 0x544f4f42, 0x80000000, 0x80000000, 0x08000000, 0, 0, 0, 0
  // The seed of address layouts. For tests only: the same in every run, so that runs are equal.
  .word SEED
