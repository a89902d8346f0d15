// The keys that this bootstrap believes: generated at build time from the files named by the CMake
// variable TOUCHSTONE_TRUSTED_KEYS.
#pragma once

#include <span>

#include "firmware/boot/image.h"

namespace firmware::boot {

extern const std::span<const TrustedKey> kTrustedKeys;
extern const Policy kPolicy;

}  // namespace firmware::boot
