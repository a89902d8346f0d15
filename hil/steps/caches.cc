// caches: from here on cycles count what caches and TLBs cost.
#include "hil/run/rig.h"
#include "hil/steps/steps.h"

namespace hil::steps {
namespace {

StepEnd run(Rig& rig, const script::Arguments&, Record&) {
  return bench(rig.caches->count());
}

}  // namespace

script::Kind caches() {
  return {.name = "caches",
          .about =
              "Asks that cycles count what caches and TLBs cost. Silicon's always do. The virtual "
              "board's do from this step to the end of the run; it is much slower then, so boot "
              "before.",
          .forms = {{.head = "are",
                     .about = "The virtual board's caches begin empty.",
                     .example = "caches: counted",
                     .needs = script::kCaches,
                     .arguments = {{.name = "are",
                                    .type = script::Type::kChoice,
                                    .about = "What is asked for.",
                                    .required = true,
                                    .choices = {"counted"}}},
                     .run = run}}};
}

}  // namespace hil::steps
