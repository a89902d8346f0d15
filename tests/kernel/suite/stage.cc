// Sets a scene and leaves it so, for somebody who looks in from outside: debugger/debugger_test.cc.
// What stands where is printed; the patterns are those of actions.h.
#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "tests/kernel/suite/map.h"

namespace suite {
namespace {

using runtime::Syscall;

constexpr uint32_t kSecretWords = 8;
constexpr uint32_t kSeed = 0x5eed'0001;

class Stage {
 public:
  explicit Stage(Report& report) : report_(report) {}

  /// Subject one's buffer is with subject two.
  void lend(bool mutably) {
    const Answer opened = cast().one.act(Action::kConnect, cast().two.service());
    const Answer lent = cast().one.act(Action::kLendTo, opened.words[0], mutably);
    report_.check("the loan begins", opened.error.word == 0 && lent.words[0] == 0);
    say("lender's", cast().one, Place::kBuffer);
    say("borrower's", cast().two, mutably ? Place::kTaken : Place::kHeld);
  }
  void give_back() {
    cast().two.act(Action::kAnswer, 0);
    cast().two.act(Action::kAnswer, 1);
    report_.check("the loan ends", cast().one.act(Action::kLendEnd).words[0] == 0);
  }
  /// Where everything of every subject lies.
  void layout() {
    for (const Subject* subject : {&cast().one, &cast().two, &cast().three, &cast().four}) {
      say("text", *subject, Place::kText);
      say("stack", *subject, Place::kStack);
      say("arguments", *subject, Place::kArguments);
      say("heap", *subject, Place::kHeap);
    }
  }
  /// A secret in the heap of subject one.
  void secret() {
    const Answer heap = cast().one.act(Action::kPlace, static_cast<uint32_t>(Place::kHeap));
    const Answer filled = cast().one.act(Action::kFill, heap.words[0] + 64, kSecretWords, kSeed);
    report_.check("a secret is written", heap.error.word == 0 && filled.error.word == 0);
  }
  /// A pattern in a driver's memory for devices.
  void dma() {
    const Answer mapped =
        cast().driver.act(Action::kSystemCall, static_cast<uint32_t>(Syscall::kMapDma), 4096);
    cast().driver.act(Action::kFill, mapped.words[1], kSecretWords, kSeed + 1);
    report_.check("memory for a device is written", mapped.words[0] == 0, mapped.words[0]);
    Line line;
    line << "memory for a device at ";
    line.hex(mapped.words[2]);
    report_.say(line.view());
  }
  void floats(const Subject& subject) {
    report_.check("registers are filled", subject.act(Action::kFillFloats, kSeed).error.word == 0);
  }
  void end_holder() {
    runtime::system_call(Syscall::kKill, cast().keyholder.identity());
    report_.check("the key holder has ended", record_of(cast().keyholder.identity()).has_value());
  }

 private:
  void say(std::string_view what, const Subject& subject, Place place) {
    const Answer where = subject.act(Action::kPlace, static_cast<uint32_t>(place));
    report_.check("a subject says where it is", where.error.word == 0);
    Line line;
    line << what << " ";
    line.hex(where.words[0]) << " ";
    line.hex(where.words[1]);
    report_.say(line.view());
  }

  Report& report_;
};

}  // namespace

uint32_t stage(interfaces::Printer& printer, std::string_view scene) {
  Report report(printer, "stage");
  Stage stage(report);
  if (scene == "lend")
    stage.lend(false);
  else if (scene == "lend-mutably")
    stage.lend(true);
  else if (scene == "give-back")
    stage.give_back();
  else if (scene == "layout")
    stage.layout();
  else if (scene == "secret")
    stage.secret();
  else if (scene == "dma")
    stage.dma();
  else if (scene == "keys")
    stage.floats(cast().keyholder);
  else if (scene == "floats")
    stage.floats(cast().one);
  else if (scene == "end-keys")
    stage.end_holder();
  else
    report.check("there is such a scene", false);
  return report.end();
}

}  // namespace suite
