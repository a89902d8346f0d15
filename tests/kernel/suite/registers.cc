// Registers after every kind of exit from the kernel, and under interrupts.
#include "tests/kernel/suite/subjects.h"

namespace suite {

uint32_t registers(interfaces::Printer& printer) {
  Report report(printer, "registers");
  const Answer answer = cast().one.act(Action::kCanaries, 40);
  report.check("answered", answer.error.word == 0, answer.error.word);
  Line line;
  line << "every register is as promised";
  if (answer.words[1]) {
    line << ": place ";
    line.hex(answer.words[1]) << " held ";
    line.hex(answer.words[2]) << ", not ";
    line.hex(answer.words[3]);
  }
  report.check(line.view(), answer.words[1] == 0);
  Line count;
  count << answer.words[0] << " registers looked at";
  report.say(count.view());
  return report.end();
}

}  // namespace suite
