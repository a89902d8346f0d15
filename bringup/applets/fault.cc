// Where an applet ends that took an exception: the debugger gets an error word, not a hung core.
#include "base/modules.h"
#include "bringup/applets/applet.h"

namespace bringup::applets {
namespace {

constexpr uint8_t kModule = base::module_number("bringup/applets/fault.cc");
enum class Kind : uint32_t { kUndefined = 1, kPrefetch = 2, kData = 3 };

uint32_t data_fault_address() {
  uint32_t address;
  asm volatile("mrc p15, 0, %0, c6, c0, 0" : "=r"(address));
  return address;
}
uint32_t data_fault_status() {
  uint32_t status;
  asm volatile("mrc p15, 0, %0, c5, c0, 0" : "=r"(status));
  return status;
}

}  // namespace

/// `pc` is the instruction at fault. Answer a: the address touched, b: the instruction's, c: DFSR.
extern "C" void applet_fault(Kind kind, uint32_t pc, Answer* answer) {
  switch (kind) {
    case Kind::kData:
      *answer = {
          .error = FAIL(kInvalid), .a = data_fault_address(), .b = pc, .c = data_fault_status()};
      return;
    case Kind::kPrefetch:
      *answer = {.error = FAIL(kInternal), .a = pc, .b = pc};
      return;
    case Kind::kUndefined:
      *answer = {.error = FAIL(kInternal), .a = pc, .b = pc};
      return;
  }
}

}  // namespace bringup::applets
