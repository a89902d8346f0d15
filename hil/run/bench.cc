#include "hil/run/bench.h"

namespace hil::run {

unsigned Bench::ports() {
  const Rig ports = rig();
  return (ports.power ? script::kPower : 0u) | (ports.console ? script::kConsole : 0u) |
         (ports.debugger ? script::kDebug : 0u) | (ports.reset ? script::kReset : 0u) |
         (ports.flasher ? script::kFlash : 0u) | (ports.caches ? script::kCaches : 0u);
}

}  // namespace hil::run
