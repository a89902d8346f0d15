// reset: pulses the reset line.
#include "hil/run/rig.h"
#include "hil/steps/steps.h"

namespace hil::steps {
namespace {

StepEnd run(Rig& rig, const script::Arguments&, Record&) {
  if (rig.debugger) rig.debugger->target_changed();
  // What the console said before belongs to the last life of the board.
  if (rig.console) {
    TRY(bench(rig.console->drain()));
    rig.console->skip();
  }
  return bench(rig.reset->pulse());
}

}  // namespace

script::Kind reset() {
  return {.name = "reset",
          .about = "Resets the board without taking its supply away.",
          .forms = {{.head = "line",
                     .about = "`srst` is the board's NRST line: the whole chip starts again from "
                              "its ROM.",
                     .example = "reset: srst",
                     .needs = script::kReset,
                     .arguments = {{.name = "line",
                                    .type = script::Type::kChoice,
                                    .about = "Which line.",
                                    .required = true,
                                    .choices = {"srst"}}},
                     .run = run}}};
}

}  // namespace hil::steps
