// Answers at once with as little work as can be: the other end of timing runs and of kernel tests.
#pragma once

#include "firmware/runtime/interface.h"

namespace interfaces {

struct Echo {
  static constexpr std::string_view kName = "os/echo";

  /// Nothing there, nothing back.
  struct Ping {
    static constexpr ipc::Method kMethod{.opcode = 1, .name = "ping"};
    using Reply = void;
  };

  /// The same eight words back.
  struct Words {
    static constexpr ipc::Method kMethod{.opcode = 2, .name = "words"};
    struct Reply {
      std::array<uint32_t, 8> words{};
    };
    std::array<uint32_t, 8> words{};
  };

  /// Takes the pages and gives them back unread.
  struct Page {
    static constexpr ipc::Method kMethod{.opcode = 3, .name = "page"};
    using Reply = void;
    ipc::Lend<uint32_t> page{};
  };

  /// The sum of the lent words, modulo 2^32: proof that the server saw them.
  struct Sum {
    static constexpr ipc::Method kMethod{.opcode = 4, .name = "sum"};
    struct Reply {
      uint32_t sum = 0;
    };
    ipc::Lend<uint32_t> words{};
  };

  /// Sets every lent word to `value`: proof that the client sees what the server wrote.
  struct Fill {
    static constexpr ipc::Method kMethod{.opcode = 5, .name = "fill"};
    using Reply = void;
    ipc::LendMut<uint32_t> words{};
    uint32_t value = 0;
  };

  /// Answers, then gives up the processor `times` times before it serves again.
  struct Yield {
    static constexpr ipc::Method kMethod{.opcode = 6, .name = "yield"};
    using Reply = void;
    uint32_t times = 0;
  };

  /// What the watcher's caches and TLBs know when it begins to spin.
  enum class Caches : uint32_t { kHot, kCold, kCount };

  /// Starts to spin in a thread of a priority below all others, noting when it is interrupted: its
  /// last look at the counters of retired instructions and of cycles before each gap. Cold: it
  /// empties the caches after each gap, and spins then. kBusy: it spins already. kDenied: this
  /// image does not let processes count. kNoMemory: none to empty the caches with. kInvalid: no
  /// such caches.
  struct Watch {
    static constexpr ipc::Method kMethod{.opcode = 7, .name = "watch"};
    using Reply = void;
    ipc::Choice<Caches> caches{};
  };

  /// What was noted, in order.
  struct Gap {
    uint32_t instructions = 0;
    uint32_t cycles = 0;
  };
  /// Stops spinning and hands over the notes; what `gaps` has no room for is lost.
  struct Seen {
    static constexpr ipc::Method kMethod{.opcode = 8, .name = "seen"};
    struct Reply {
      uint32_t count = 0;  ///< of `gaps`, how many were filled
      uint32_t loop = 0;   ///< instructions from one look to the next
    };
    ipc::LendMut<Gap> gaps{};
  };

  /// Answers when `microseconds`, at most a second, have passed; nobody else is answered meanwhile.
  /// kInvalid: more than that.
  struct Late {
    static constexpr ipc::Method kMethod{.opcode = 9, .name = "late"};
    using Reply = void;
    uint32_t microseconds = 0;
  };

  using Methods = ipc::Methods<Ping, Words, Page, Sum, Fill, Yield, Watch, Seen, Late>;
};

}  // namespace interfaces
