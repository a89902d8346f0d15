// Power switched by the bench's own command lines (uhubctl, a PDU's tool, a relay's).
#pragma once

#include <string>

#include "probes/power/power.h"

namespace probes::power {

class CommandPower final : public Power {
 public:
  struct Commands {
    std::string on{};  ///< run by sh -c; done when it exits with 0
    std::string off{};
    Milliseconds limit{15'000};  ///< for each
  };
  explicit CommandPower(Commands commands) : commands_(std::move(commands)) {}

  /// Both fail with the command's own words when it does not exit with 0 within the limit.
  Outcome<void> on() override { return switch_by(commands_.on); }
  Outcome<void> off() override { return switch_by(commands_.off); }
  Outcome<void> rest(BoardTime time) override;

 private:
  Outcome<void> switch_by(const std::string& command);

  Commands commands_;
};

}  // namespace probes::power
