// CHIPID registers. SAMA5D2 datasheet (DS60001476), "Chip Identifier (CHIPID)".
#pragma once

#include "base/mmio/register.h"

namespace drivers::chipid {

using base::mmio::Access, base::mmio::Field, base::mmio::Register;

/// CHIPID_CIDR of every SAMA5D2, without its version.
inline constexpr uint32_t kSama5d2 = 0x8a5c'08c0;

/// CHIPID_EXID of the members this tree meets.
enum class Member : uint32_t {
  kSama5d27cu = 0x11,    ///< ATSAMA5D27C-CU, on the Xplained kit
  kSama5d28cD1g = 0x13,  ///< ATSAMA5D28C-D1G, with 1 Gbit of DDR2 in the package
  kSama5d27cD1g = 0x33,  ///< ATSAMA5D27C-D1G, on the SOM1
};

struct Regs {
  struct Cidr : Register<Regs, 0x00, Access::kReadOnly> {
    static constexpr Field<Cidr, 0, 5> kVersion{};
    static constexpr uint32_t kFamilyMask = ~0x1fu;
  };
  struct Exid : Register<Regs, 0x04, Access::kReadOnly> {
    static constexpr Field<Exid, 0, 32, Member> kMember{};
  };
};

}  // namespace drivers::chipid
