// A virtual board's ports, as the probes' interfaces know them.
#pragma once

#include "hil/board_link/link.h"
#include "probes/power/power.h"
#include "probes/time_grant.h"

namespace hil::board_link {

/// The console of a board in stepped mode: time passes only inside receive(), so that equal scripts
/// see equal output at equal times.
class VirtualConsole final : public probes::console::Source {
 public:
  explicit VirtualConsole(Link& link) : link_(link) {}

  Outcome<probes::console::Received> receive(BoardTime limit) override;
  Outcome<void> send(std::string_view bytes) override { return link_.console_write(bytes); }
  BoardTime now() const override { return link_.now(); }

 private:
  Link& link_;
};

class VirtualPower final : public probes::power::Power {
 public:
  explicit VirtualPower(Link& link) : link_(link) {}

  Outcome<void> on() override { return link_.power(true); }
  Outcome<void> off() override { return link_.power(false); }
  Outcome<void> rest(BoardTime time) override { return link_.pass(time), Outcome<void>(); }

 private:
  Link& link_;
};

class LinkGrant final : public probes::TimeGrant {
 public:
  explicit LinkGrant(Link& link) : link_(link) {}
  Outcome<void> grant(BoardTime amount) override { return link_.grant(amount); }

 private:
  Link& link_;
};

}  // namespace hil::board_link
