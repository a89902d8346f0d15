// Processes of a test image that break a rule of the machine when told to, so that one can see that
// nobody else is hurt. Each dies of it and stays dead.
#pragma once

#include "firmware/runtime/interface.h"

namespace interfaces {

/// What goes wrong.
enum class Fault : uint32_t {
  kNull,         ///< reads address 0
  kWriteText,    ///< writes to its own code
  kExecuteData,  ///< jumps into its own data
  kUndefined,    ///< runs an instruction that there is not
  kPrivileged,   ///< reads a system register that only the kernel may
  kStack,        ///< recurses through the end of its stack
  kKernel,       ///< writes to the kernel's half of the address space
  kThreadStack,  ///< a second thread recurses through the end of its stack
  kCount,
};

struct Victim {
  /// Commits the fault. The caller sees what every caller of a dying server sees: kNotFound.
  struct Commit {
    static constexpr ipc::Method kMethod{.opcode = 1, .name = "commit"};
    using Reply = void;
    ipc::Choice<Fault> fault{};
  };

  using Methods = ipc::Methods<Commit>;
};

/// One process each, each with a service of its own.
inline constexpr std::array<std::string_view, 8> kVictimNames{
    "os/victim1", "os/victim2", "os/victim3", "os/victim4",
    "os/victim5", "os/victim6", "os/victim7", "os/victim8"};

template <size_t Index>
struct VictimNumber : Victim {
  static constexpr std::string_view kName = kVictimNames[Index];
};

}  // namespace interfaces
