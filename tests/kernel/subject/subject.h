// What a subject is made of.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "firmware/interfaces/subject.h"
#include "tests/kernel/subject/actions.h"

namespace subject {

/// All registers round one entry into the kernel: r0 to r12, what sp was off by, lr.
struct RawRegisters {
  std::array<uint32_t, 15> r{};
};

extern "C" {
/// Loads r0-r12 and lr, enters the kernel, and stores what came back. One thread at a time.
void raw_call(RawRegisters* registers);
extern uint32_t raw_status;  ///< CPSR behind the last raw_call
uint32_t spin_with_canaries(uint32_t rounds, uint32_t seed);
uint32_t spin_with_vfp_canaries(uint32_t rounds, uint32_t seed);
void fill_floats(uint32_t seed);
void store_floats(uint32_t* words);
void just_return();
uint32_t probe_read(uint32_t address);
void probe_write(uint32_t address, uint32_t value);
void probe_execute(uint32_t address);
void thumb_undefined();
void call_without_stack();
}

using Words = std::array<uint32_t, 8>;
using Buffer = ipc::PageBuffer<uint32_t, suite::kBufferPages * 1024>;

/// The pages that a subject lends; nobody else does.
extern constinit Buffer buffer;

[[noreturn]] void misbehave(suite::Misdeed misdeed, uint32_t device);
/// Back: how much was had, and the Error that ended it.
std::pair<uint32_t, uint32_t> exhaust(suite::Resource resource, uint32_t connection);
/// How many calls were issued. `about_to` runs before each, so that a death tells how far it came.
uint32_t random_calls(uint32_t seed, uint32_t count);
Words canaries(uint32_t rounds);
void watch(uint32_t period_us);
/// Back: how often it ran, and its worst lateness in nanoseconds.
std::pair<uint32_t, uint32_t> watched();

}  // namespace subject
