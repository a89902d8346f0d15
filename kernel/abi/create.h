// How a permitted process makes another (kProcessCreate).
#pragma once

#include <array>
#include <cstdint>

#include "kernel/abi/syscall.h"

namespace kernel::abi {

/// Low bits of kProcessGive's r3. No page is writable and executable.
enum class GiveAccess : uint32_t { kRead = 0, kReadWrite = 1, kExecute = 2 };

inline constexpr unsigned kMostChildGrants = 16;

/// The new process's only rights besides its memory: connections, within the creator's
/// kChildConnect grants.
struct ChildGrant {
  uint32_t service = 0;
  uint32_t reserved = 0;
  uint64_t methods = 0;
};

struct CreateArguments {
  std::array<char, 24> name{};  ///< NUL-padded
  uint32_t priority = 0;        ///< at most the creator's
  uint32_t memory_quota = 0;    ///< bytes, at most what the creator's kChildren grant says
  uint32_t stack_size = 0;      ///< bytes, whole pages
  uint32_t flags = 0;           ///< ProcessFlags::kProcessHoldsKeys
  SyscallMask syscalls = 0;     ///< within the kChildren grant's mask
  uint32_t grant_count = 0;
  uint32_t reserved = 0;
  std::array<ChildGrant, kMostChildGrants> grants{};
};

}  // namespace kernel::abi
