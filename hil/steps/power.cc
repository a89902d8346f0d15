// power: switches the supply.
#include "hil/run/rig.h"
#include "hil/steps/steps.h"

namespace hil::steps {
namespace {

StepEnd run(Rig& rig, const script::Arguments& arguments, Record&) {
  const std::string& action = arguments.text("do");
  if (rig.debugger) rig.debugger->target_changed();
  if (action == "on") return bench(rig.power->on());
  TRY(bench(rig.power->off()));
  if (action == "off") return {};
  TRY(bench(rig.power->rest(arguments.duration("off_for"))));
  // What the console said before belongs to the last life of the board.
  if (rig.console) {
    TRY(bench(rig.console->drain()));
    rig.console->skip();
  }
  return bench(rig.power->on());
}

}  // namespace

script::Kind power() {
  return {.name = "power",
          .about =
              "Switches the board's supply. A run begins with the supply off and leaves it off, "
              "however it ends.",
          .forms = {{.head = "do",
                     .about = "`cycle` is off, a pause, on. What the console says from then on is "
                              "captured, the first byte included.",
                     .example = "power: cycle",
                     .needs = script::kPower,
                     .arguments = {{.name = "do",
                                    .type = script::Type::kChoice,
                                    .about = "The state asked for.",
                                    .required = true,
                                    .example = "cycle",
                                    .choices = {"on", "off", "cycle"}},
                                   {.name = "off_for",
                                    .type = script::Type::kDuration,
                                    .about = "With `cycle`: how long the supply stays off.",
                                    .fallback = "500 ms"}},
                     .run = run}}};
}

}  // namespace hil::steps
