// What the kernel needs from a SoC. A port is one source file with these functions.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace kernel::soc {

extern const std::string_view kName;

/// Register windows that the functions below use: whole megabytes, mapped before start().
struct Window {
  uint32_t physical = 0;
  uint32_t virtual_address = 0;
};
std::span<const Window> windows();

/// Brings up the interrupt controller (everything masked) and the kernel's timer.
void start();

/// Nanoseconds since start(). Must be called at least once a minute; the kernel's timer sees to it.
uint64_t now();
/// Raises the timer interrupt at `deadline`, or at once if that has passed. Replaces the last one.
void set_timer(uint64_t deadline);

inline constexpr int kNoInterrupt = -1;
inline constexpr int kTimerInterrupt = -2;
/// Takes the most urgent pending interrupt, masks its source and completes it at the controller.
/// A timer interrupt comes back as kTimerInterrupt, unmasked and acknowledged.
int take_interrupt();
void mask_interrupt(unsigned source);
void unmask_interrupt(unsigned source);
/// False for a number that no user driver may ever have (the kernel's own, or none of this SoC).
bool interrupt_exists(unsigned source);

/// Polled output on the console port. For panics and for a system whose console process is dead.
void emergency_write(std::string_view text);
/// Whether the port would take a character without waiting.
bool emergency_ready();
[[noreturn]] void reset();
[[noreturn]] void power_off();

}  // namespace kernel::soc
