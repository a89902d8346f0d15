// Which processes have ended, and why: the supervisor's memory.
#pragma once

#include "firmware/runtime/interface.h"
#include "kernel/abi/crash.h"

namespace interfaces {

struct Crash {
  static constexpr std::string_view kName = "os/crash";
  static constexpr uint32_t kKept = 16;  ///< so many records are kept, the newest

  /// Counts since boot.
  struct List {
    static constexpr ipc::Method kMethod{.opcode = 1, .name = "list"};
    struct Reply {
      uint32_t ended = 0;     ///< processes that ended; min(ended, kKept) can be described
      uint32_t faulted = 0;   ///< of these, by a fault
      uint32_t started = 0;   ///< started again
      uint32_t given_up = 0;  ///< would have been, but for the limit of their manifest
      uint32_t lost = 0;      ///< ended unseen, because too many did at once
    };
  };

  /// The record of one end: `age` 0 is the newest. kNotFound: not that many are kept.
  struct Describe {
    static constexpr ipc::Method kMethod{.opcode = 2, .name = "describe"};
    using Reply = void;
    ipc::LendMut<kernel::abi::CrashRecord> record{};
    uint32_t age = 0;
  };

  using Methods = ipc::Methods<List, Describe>;
};

}  // namespace interfaces
