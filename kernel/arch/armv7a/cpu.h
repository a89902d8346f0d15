// The coprocessor registers and barriers that the kernel uses, by name.
#pragma once

#include <cstdint>

namespace kernel::arch {

inline void data_barrier() {
  asm volatile("dsb" ::: "memory");
}
inline void instruction_barrier() {
  asm volatile("isb" ::: "memory");
}

#define TOUCHSTONE_CP15(name, opc1, crn, crm, opc2)                                             \
  inline uint32_t read_##name() {                                                               \
    uint32_t value;                                                                             \
    asm volatile("mrc p15, " #opc1 ", %0, " #crn ", " #crm ", " #opc2 : "=r"(value));           \
    return value;                                                                               \
  }                                                                                             \
  inline void write_##name(uint32_t value) {                                                    \
    asm volatile("mcr p15, " #opc1 ", %0, " #crn ", " #crm ", " #opc2 ::"r"(value) : "memory"); \
  }

TOUCHSTONE_CP15(ttbr0, 0, c2, c0, 0)
TOUCHSTONE_CP15(ttbr1, 0, c2, c0, 1)
TOUCHSTONE_CP15(ttbcr, 0, c2, c0, 2)
TOUCHSTONE_CP15(dfsr, 0, c5, c0, 0)
TOUCHSTONE_CP15(ifsr, 0, c5, c0, 1)
TOUCHSTONE_CP15(dfar, 0, c6, c0, 0)
TOUCHSTONE_CP15(ifar, 0, c6, c0, 2)
TOUCHSTONE_CP15(clean_line, 0, c7, c11, 1)             // DCCMVAU: to where table walks look
TOUCHSTONE_CP15(clean_line_to_memory, 0, c7, c10, 1)   // DCCMVAC
TOUCHSTONE_CP15(forget_line, 0, c7, c6, 1)             // DCIMVAC
TOUCHSTONE_CP15(clean_and_forget_line, 0, c7, c14, 1)  // DCCIMVAC
TOUCHSTONE_CP15(instruction_invalidate, 0, c7, c5, 0)  // ICIALLU
TOUCHSTONE_CP15(branch_invalidate, 0, c7, c5, 6)       // BPIALL
TOUCHSTONE_CP15(tlb_invalidate_all, 0, c8, c7, 0)      // TLBIALL
TOUCHSTONE_CP15(tlb_invalidate_address, 0, c8, c7, 1)  // TLBIMVA: address | id
TOUCHSTONE_CP15(tlb_invalidate_space, 0, c8, c7, 2)    // TLBIASID
TOUCHSTONE_CP15(pmuserenr, 0, c9, c14, 0)
TOUCHSTONE_CP15(vbar, 0, c12, c0, 0)
TOUCHSTONE_CP15(tpidrprw, 0, c13, c0, 4)

#undef TOUCHSTONE_CP15

}  // namespace kernel::arch
