// The text console: lines out for everybody, lines in for whoever reads them.
#pragma once

#include "firmware/runtime/interface.h"

namespace interfaces {

struct Console {
  static constexpr std::string_view kName = "os/console";
  static constexpr size_t kMaxLine = 120;  ///< characters of an input line; what is over is dropped

  /// Queues text for output. Lines of different clients never mix; each client has its own bounded
  /// queue and gets its turn line by line. Returns when all of the text is queued, so a client that
  /// writes faster than the line carries waits for itself only. '\n' ends a line; other control
  /// characters and bytes above 0x7e arrive as '?'. kBusy: too many clients or calls at once.
  struct Write {
    static constexpr ipc::Method kMethod{.opcode = 1, .name = "write"};
    using Reply = void;
    ipc::Lend<char> text{};
  };

  /// Waits for a line of input and puts its start into `line`, without the line end. Readers are
  /// served in the order they came. kBusy: too many wait.
  struct ReadLine {
    static constexpr ipc::Method kMethod{.opcode = 2, .name = "read_line"};
    struct Reply {
      uint32_t length = 0;  ///< characters put into `line`
    };
    ipc::LendMut<char> line{};
  };

  /// Returns when the transmitter has all that this client wrote before; at most two characters are
  /// then still on the line. kBusy: too many wait.
  struct Flush {
    static constexpr ipc::Method kMethod{.opcode = 3, .name = "flush"};
    using Reply = void;
  };

  using Methods = ipc::Methods<Write, ReadLine, Flush>;
};

}  // namespace interfaces
