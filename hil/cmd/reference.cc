// hil steps, hil schema: what scripts can say, from the declarations they are read by.
#include "hil/cmd/cmd.h"
#include "hil/cmd/common.h"
#include "hil/steps/steps.h"

namespace hil::cmd {

void add_reference(CLI::App& app, Action& action) {
  app.add_subcommand("steps", "Print the reference of all steps (docs/steps.md)")
      ->callback([&action] {
        action = [] {
          return fputs(script::reference(steps::all()).c_str(), stdout) < 0 ? kBenchFailed
                                                                            : kPassed;
        };
      });
  app.add_subcommand("schema", "Print the JSON Schema of scripts, for editors")
      ->callback([&action] {
        action = [] {
          return fputs(script::json_schema(steps::all()).c_str(), stdout) < 0 ? kBenchFailed
                                                                              : kPassed;
        };
      });
}

}  // namespace hil::cmd
