// Where the bootstrap finds the blocks of the SAMA5D2 that it uses.
#pragma once

#include <cstdint>

namespace firmware::boot {

inline constexpr uint32_t kSramBase = 0x0020'0000, kSramSize = 128 << 10;
inline constexpr uint32_t kRamBase = 0x2000'0000, kRamSize = 128 << 20;
inline constexpr uint32_t kSdmmcBase = 0xa000'0000, kMpddrcBase = 0xf000'c000,
                          kAesbBase = 0xf001'c000, kTrngBase = 0xfc01'c000, kPmcBase = 0xf001'4000,
                          kUart1Base = 0xf802'0000, kSfrBase = 0xf803'0000, kRstcBase = 0xf804'8000,
                          kPitBase = 0xf804'8030, kWdtBase = 0xf804'8040, kPioBase = 0xfc03'8000;
inline constexpr unsigned kAesbId = 10, kMpddrcId = 13, kTrngId = 47, kPioId = 18, kUart1Id = 25,
                          kSdmmcId = 31, kTc0Id = 35;

}  // namespace firmware::boot
