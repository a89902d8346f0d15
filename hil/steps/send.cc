// send: types on the console.
#include "hil/run/rig.h"
#include "hil/steps/steps.h"

namespace hil::steps {
namespace {

StepEnd run(Rig& rig, const script::Arguments& arguments, Record&) {
  return bench(rig.console->send(arguments.text("text")));
}

}  // namespace

script::Kind send() {
  return {.name = "send",
          .about = "Sends text to the board's console.",
          .forms = {{.head = "text",
                     .about = "Nothing is added: a line must carry its own `\\n`. `\\n`, `\\r`, "
                              "`\\t`, `\\0`, `\\e` and `\\xHH` stand for bytes.",
                     .example = "send: 'ping\\n'",
                     .needs = script::kConsole,
                     .arguments = {{.name = "text",
                                    .type = script::Type::kEscaped,
                                    .about = "What is sent.",
                                    .required = true}},
                     .run = run}}};
}

}  // namespace hil::steps
