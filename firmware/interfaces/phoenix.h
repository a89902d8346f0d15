// A process of a test image that is started again when it dies.
#pragma once

#include "firmware/runtime/interface.h"

namespace interfaces {

struct Phoenix {
  static constexpr std::string_view kName = "os/phoenix";

  /// Who it is this time.
  struct Who {
    static constexpr ipc::Method kMethod{.opcode = 1, .name = "who"};
    struct Reply {
      uint32_t identity = 0;  ///< kernel::abi::Identity
    };
  };

  /// Dies of a read at address 0. The caller sees kNotFound.
  struct Die {
    static constexpr ipc::Method kMethod{.opcode = 2, .name = "die"};
    using Reply = void;
  };

  using Methods = ipc::Methods<Who, Die>;
};

}  // namespace interfaces
