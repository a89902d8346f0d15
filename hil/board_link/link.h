// A client of a virtual board's control socket (docs/virtual-board.md).
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "probes/console/source.h"
#include "probes/failure.h"
#include "probes/time.h"

namespace hil::board_link {

using probes::BoardTime;
using probes::Outcome;

/// Why a run ended.
enum class Ended { kTime, kConsole, kHalted, kOff };

struct BoardStatus {
  bool powered = false, halted = false;
  uint32_t pc = 0;
  uint64_t retired = 0, cycles = 0;
};

/// Every call fails when the board process died, does not answer within the watchdog's limit, or
/// refuses. After a death or a silence the link is of no more use.
class Link {
 public:
  static Outcome<std::unique_ptr<Link>> connect(const std::filesystem::path& socket,
                                                probes::Milliseconds watchdog);
  ~Link();
  Link(const Link&) = delete;

  Outcome<void> power(bool on);
  Outcome<void> reset();
  Outcome<void> stepped(bool stepped);
  /// From now on cycles count what TLBs and caches cost.
  Outcome<void> count_caches();
  /// Stepped mode: lets at most `limit` pass, or less when console output comes.
  Outcome<Ended> run(BoardTime limit, bool until_console);
  /// Stepped mode: lets up to `amount` pass in the background. Answers at once.
  Outcome<void> grant(BoardTime amount);
  /// Everything that the board said since the last call.
  Outcome<std::vector<probes::console::Chunk>> console_read();
  Outcome<void> console_write(std::string_view bytes);
  Outcome<BoardStatus> status();
  /// Asks the board process to end.
  Outcome<void> quit();

  /// From now on, how long an answer may take.
  void set_watchdog(probes::Milliseconds limit) { watchdog_ = limit; }

  /// Board time as of the last answer, since the link was made. It goes on where it was when the
  /// board, whose own time begins at power-on, is switched off and on.
  BoardTime now() const { return base_ + raw_; }
  /// Lets time pass for the record while the board is off.
  void pass(BoardTime time) { base_ += time; }

 private:
  Link(int descriptor, probes::Milliseconds watchdog)
      : descriptor_(descriptor), watchdog_(watchdog) {}

  Outcome<nlohmann::json> ask(const nlohmann::json& request);
  Outcome<std::string> exchange(const std::string& line);

  int descriptor_;
  probes::Milliseconds watchdog_;
  std::string pending_;
  BoardTime base_{}, raw_{};
};

}  // namespace hil::board_link
