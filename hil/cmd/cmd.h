// The `hil` command: one file per subcommand.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace hil::cmd {

/// What a subcommand does once the command line is read; yields the exit status.
using Action = std::function<int()>;

/// Runs `hil` with these arguments. Exit statuses: 0 passed, 1 the product failed, 2 the script or
/// the command line is wrong, 75 the bench failed, 130 interrupted.
int run(int argc, char** argv);

// Each adds its subcommand to `app` and sets `action` when it is chosen.
void add_run(CLI::App& app, Action& action);
void add_flash(CLI::App& app, Action& action);
void add_board(CLI::App& app, Action& action);
void add_console(CLI::App& app, Action& action);
void add_lint(CLI::App& app, Action& action);
void add_doctor(CLI::App& app, Action& action);
void add_explain(CLI::App& app, Action& action);
void add_reference(CLI::App& app, Action& action);

}  // namespace hil::cmd
