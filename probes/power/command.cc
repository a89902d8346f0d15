#include "probes/power/command.h"

#include <poll.h>

#include "probes/process/child.h"
#include "probes/process/interrupt.h"

namespace probes::power {

Outcome<void> CommandPower::rest(BoardTime time) {
  pollfd interrupt{process::interrupt_descriptor(), POLLIN, 0};
  poll(&interrupt, 1, static_cast<int>(std::chrono::ceil<Milliseconds>(time).count()));
  if (process::interrupted()) return Failure{"interrupted"};
  return {};
}

Outcome<void> CommandPower::switch_by(const std::string& command) {
  const process::Finished done = TRY(process::run({"sh", "-c", command}, commands_.limit));
  if (done.status == 0) return {};
  std::string words = done.output.substr(done.output.size() > 400 ? done.output.size() - 400 : 0);
  while (!words.empty() && words.back() == '\n') words.pop_back();
  return Failure{"power command `" + command + "` ended with status " +
                 std::to_string(done.status) + (words.empty() ? "" : ": " + words)};
}

}  // namespace probes::power
