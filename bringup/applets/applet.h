// How a debugger calls an applet, and what it gets back. The applet is loaded at 0x0020_0000 and
// entered at _start with the registers below, in supervisor mode, interrupts masked, MMU and data
// cache off; it ends in BKPT.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace bringup::applets {

struct Call {
  uint32_t operation = 0;        ///< r0
  uint32_t a = 0, b = 0, c = 0;  ///< r1 to r3
};
/// The same registers when it has ended.
struct Answer {
  base::Error error;             ///< r0: 0 is success
  uint32_t a = 0, b = 0, c = 0;  ///< r1 to r3
};

}  // namespace bringup::applets
