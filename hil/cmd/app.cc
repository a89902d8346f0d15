#include "hil/cmd/cmd.h"
#include "hil/cmd/common.h"
#include "hil/run/tools.h"
#include "probes/process/interrupt.h"

namespace hil::cmd {

int run(int argc, char** argv) {
  CLI::App app("Flashes boards, drives them, and tests them by scripts.", "hil");
  app.set_version_flag("--version", std::string("hil ") + run::kVersion);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  app.footer(
      "Exit status: 0 passed, 1 the board failed the script, 2 the script or the command line is "
      "wrong,\n75 the bench failed (or lacks what the script needs), 130 interrupted.");
  Action action;
  add_run(app, action);
  add_flash(app, action);
  add_board(app, action);
  add_console(app, action);
  add_lint(app, action);
  add_doctor(app, action);
  add_explain(app, action);
  add_reference(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kPassed : kUsage;
  }
  return action();
}

}  // namespace hil::cmd
