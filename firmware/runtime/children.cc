#include "firmware/runtime/children.h"

#include "base/modules.h"
#include "firmware/runtime/syscall.h"

namespace runtime {
namespace {
constexpr uint8_t kModule = base::module_number("firmware/runtime/children.cc");
}

base::Result<kernel::abi::Identity> start_process(uint32_t index) {
  const Outcome outcome = system_call(Syscall::kProcessStart, index);
  if (outcome.error) return base::Error{outcome.error};
  return kernel::abi::Identity{outcome.r1};
}

base::Result<void> kill(kernel::abi::Identity process) {
  return base::Error{system_call(Syscall::kKill, process.bits).error};
}

base::Result<Child> Child::create(const kernel::abi::CreateArguments& arguments) {
  const Outcome outcome =
      system_call(Syscall::kProcessCreate, reinterpret_cast<uintptr_t>(&arguments));
  if (outcome.error) return base::Error{outcome.error};
  return Child(kernel::abi::Identity{outcome.r1});
}

base::Result<void> Child::give(std::span<std::byte> pages, uint32_t address,
                               kernel::abi::GiveAccess access) {
  if (pages.empty() || address % kernel::abi::kPageSize) return FAIL(kInvalid);
  return base::Error{system_call(Syscall::kProcessGive, identity_.bits,
                                 reinterpret_cast<uintptr_t>(pages.data()), pages.size(),
                                 address | static_cast<uint32_t>(access))
                         .error};
}

base::Result<void> Child::run(uint32_t entry) {
  return base::Error{system_call(Syscall::kProcessRun, identity_.bits, entry).error};
}

}  // namespace runtime
