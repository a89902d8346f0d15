#include "hil/board_link/virtual_board.h"

namespace hil::board_link {
namespace {

using probes::console::Received;
using namespace std::chrono_literals;

/// Board time per request: short enough that a slow host answers it well within the watchdog's
/// limit, long enough to cost nothing beside the emulation.
constexpr BoardTime kSlice = 20ms;
/// Once output begins, this much more is let through before it is fetched: a few characters at
/// 115200 Bd, so that a talking board does not cost a request for each of them.
constexpr BoardTime kBurst = 2ms;

}  // namespace

Outcome<Received> VirtualConsole::receive(BoardTime limit) {
  const BoardTime deadline = now() + limit;
  while (true) {
    Received received{TRY(link_.console_read()), {}};
    const BoardTime left = deadline - now();
    if (!received.chunks.empty() || left <= BoardTime(0)) return received;
    switch (TRY(link_.run(std::min(left, kSlice), true))) {
      case Ended::kTime:
        break;
      case Ended::kConsole:
        TRY(link_.run(std::min(left, kBurst), false));
        break;
      case Ended::kHalted:
        received.chunks = TRY(link_.console_read());
        received.stalled = "the core is halted by the debugger; put `jtag: resume` before";
        return received;
      case Ended::kOff:
        received.chunks = TRY(link_.console_read());
        received.stalled = "the board is off; put `power: on` before";
        return received;
    }
  }
}

}  // namespace hil::board_link
