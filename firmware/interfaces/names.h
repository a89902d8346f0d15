// Which services the system has.
#pragma once

#include <algorithm>
#include <array>

#include "firmware/runtime/interface.h"

namespace interfaces {

/// A service's name, NUL-padded; at most 31 characters.
using ServiceName = std::array<char, 32>;

/// Empty (all NUL, which names nothing) when `text` is too long.
constexpr ServiceName service_name(std::string_view text) {
  ServiceName name{};
  if (text.size() < name.size()) std::copy(text.begin(), text.end(), name.begin());
  return name;
}

struct Names {
  static constexpr std::string_view kName = "os/names";

  /// The id under which the kernel knows a service, for kConnect. kNotFound: no such service in
  /// this image. kInvalid: not NUL-terminated, or text after the first NUL.
  struct Lookup {
    static constexpr ipc::Method kMethod{.opcode = 1, .name = "lookup"};
    struct Reply {
      uint32_t service = 0;
    };
    ServiceName name{};
  };

  /// The reverse. kNotFound: `service` is not below the number of services.
  struct Describe {
    static constexpr ipc::Method kMethod{.opcode = 2, .name = "describe"};
    struct Reply {
      ServiceName name{};
    };
    uint32_t service = 0;
  };

  using Methods = ipc::Methods<Lookup, Describe>;
};

}  // namespace interfaces
