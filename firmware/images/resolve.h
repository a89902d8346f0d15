// From the names in manifests to the numbers that the kernel checks.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/images/description.h"
#include "firmware/interfaces/all.h"
#include "kernel/abi/image.h"

namespace firmware::images {

/// What one manifest comes to.
struct Rights {
  kernel::abi::SyscallMask syscalls = 0;
  std::vector<kernel::abi::Grant> grants{};
};

/// What all manifests together come to. Service ids are indices into `services`.
struct Resolved {
  std::vector<kernel::abi::ServiceEntry> services{};
  std::vector<Rights> rights{};  ///< one for each manifest, in their order
};

/// The name of a system call in manifests: `map_device` for kMapDevice. Empty: there is no such
/// call.
std::string_view syscall_name(kernel::abi::Syscall call);

/// Resolves every name in `manifests`, the processes of one system in their order. Fails, naming
/// the place, on a service, method or system call that `interfaces` or the kernel do not have; on a
/// service that two processes serve, or that is asked for and nobody serves; on two processes of
/// one name; on a process that is to start later and that nobody supervises; and on a device range
/// or interrupt that two processes want or that lies in RAM
/// (`memory`, `memory_size`).
Outcome<Resolved> resolve(std::span<const Manifest> manifests,
                          std::span<const interfaces::InterfaceInfo> interfaces, uint32_t memory,
                          uint32_t memory_size);

}  // namespace firmware::images
