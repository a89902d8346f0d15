// The timing suite, on request.
#pragma once

#include "firmware/runtime/interface.h"

namespace interfaces {

struct Bench {
  static constexpr std::string_view kName = "os/bench";

  /// Runs the whole suite, hot, and prints it to the console, from `bench: start` to `bench: done`,
  /// then returns how many samples it printed. kDenied: this image does not let processes count
  /// instructions (only test images do).
  struct Run {
    static constexpr ipc::Method kMethod{.opcode = 1, .name = "run"};
    struct Reply {
      uint32_t samples = 0;
    };
  };

  /// The same with cold caches and TLBs: series named as those of Run, with _cold behind. Fewer
  /// samples.
  struct RunCold {
    static constexpr ipc::Method kMethod{.opcode = 2, .name = "run_cold"};
    using Reply = Run::Reply;
  };

  using Methods = ipc::Methods<Run, RunCold>;
};

}  // namespace interfaces
