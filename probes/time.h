// The board's own time, as every probe reports it.
#pragma once

#include <chrono>
#include <cstdint>
#include <ratio>

namespace probes {

/// Time since the bench was opened, on the board's clock: virtual time on a virtual board (where it
/// only passes when granted), monotonic wall time on silicon.
using BoardTime = std::chrono::duration<int64_t, std::pico>;

using WallTime = std::chrono::system_clock::time_point;
using Milliseconds = std::chrono::milliseconds;

}  // namespace probes
