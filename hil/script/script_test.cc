// Scripts as people write them, right and wrong; the step kinds are the real ones.
#include "hil/script/script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "hil/steps/steps.h"

namespace hil::script {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

class ScriptTest : public testing::Test {
 protected:
  ScriptTest() { std::filesystem::create_directories(folder_); }
  ~ScriptTest() override { std::filesystem::remove_all(folder_); }

  Parsed read(const std::string& text) {
    static const BoardFacts kBoard{.name = "prime", .flash_size = 1 << 20};
    return read_script_text(text, {.file = folder_ / "s.yaml", .board = &kBoard}, steps::all());
  }
  /// Of a script with these steps, what is wrong, without the folder.
  std::string wrong(const std::string& steps) { return wrong_script("name: x\nsteps:\n" + steps); }
  std::string wrong_script(const std::string& text) {
    std::string all;
    for (const Problem& problem : read(text).problems) all += problem.text() + "\n";
    const std::string prefix = folder_.string() + "/";
    for (size_t at; (at = all.find(prefix)) != std::string::npos;) all.erase(at, prefix.size());
    return all;
  }
  void image(const std::string& name, size_t size, uint32_t last_block) {
    std::string bytes(size, '\0');
    bytes[446 + 4] = '\x0c';
    for (int i = 0; i < 4; ++i) bytes[446 + 12 + i] = static_cast<char>(last_block >> 8 * i);
    bytes[510] = '\x55';
    bytes[511] = '\xaa';
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }

  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("script_test_" + std::to_string(getpid()));
};

TEST_F(ScriptTest, AWholeScriptBecomesAPlan) {
  image("touchstone.img", 4096, 8);
  const Parsed parsed = read(R"(
name: kernel smoke
about: All of it
board: {needs: [power, console, debug]}
steps:
  - part: end to end
  - flash: {image: touchstone.img}
  - power: cycle
  - name: the kernel starts
    expect: {console: 'kernel: ready, \d+ processes', within: 5 s, unless: panic}
  - send: 'ping\n'
  - expect: {never: panic, for: 100 ms}
  - jtag: halt
  - jtag: {read: 0x20000000, count: 2, equals: [1, 0x2]}
  - jtag: resume
  - part: timing
    measure:
      from: console
      command: bench
      until: 'bench: done'
      within: 60 s
      series:
        - {name: kernel/null_call, unit: insn, samples: 1000, p99: {max: 500}}
  - assert: {series: kernel/null_call, stat: p50, max: 400 insn}
  - reset: srst
)");
  ASSERT_TRUE(parsed.plan) << parsed.problems[0].text();
  const Plan& plan = *parsed.plan;
  EXPECT_EQ(plan.name, "kernel smoke");
  EXPECT_EQ(plan.needs, unsigned{kPower | kConsole | kDebug});
  ASSERT_EQ(plan.steps.size(), 11u);
  EXPECT_EQ(plan.steps[0].part, "end to end");
  EXPECT_EQ(plan.steps[0].name, "flash touchstone.img");
  EXPECT_EQ(plan.steps[1].arguments.duration("off_for"), 500ms);
  EXPECT_EQ(plan.steps[2].name, "the kernel starts");
  EXPECT_EQ(plan.steps[2].arguments.duration("within"), 5s);
  EXPECT_EQ(plan.steps[3].arguments.text("text"), "ping\n");
  EXPECT_EQ(plan.steps[4].name, "expect never panic");
  EXPECT_EQ(plan.steps[5].form->head, "halt");
  EXPECT_EQ(plan.steps[6].arguments.words("equals"), (std::vector<uint32_t>{1, 2}));
  EXPECT_EQ(plan.steps[8].part, "timing");
  EXPECT_EQ(plan.steps[8].arguments.objects("series")[0].limits("p99").max, 500.0);
  EXPECT_EQ(plan.steps[9].part, "timing");
}

TEST_F(ScriptTest, AnUnknownStepGetsTheNearestName) {
  EXPECT_EQ(wrong("  - expct: {console: x, within: 1 s}\n"),
            "s.yaml:3:5: there is no step `expct`; did you mean `expect`?\n");
}

TEST_F(ScriptTest, AMissingUnitIsShownWithOne) {
  EXPECT_EQ(wrong("  - expect: {console: x, within: 5}\n"),
            "s.yaml:3:34: `within`: `5` has no unit; write `5 s`\n");
}

TEST_F(ScriptTest, ReversedLimitsAreTurnedRound) {
  EXPECT_THAT(wrong("  - measure: {from: console, until: x, within: 1 s, series: "
                    "[{name: a, unit: insn, p50: {min: 9, max: 3}}]}\n"),
              HasSubstr("s.yaml:3:89: `p50`: the limits are reversed, no value can be in them; "
                        "write {min: 3, max: 9}"));
  EXPECT_THAT(wrong("  - measure: {from: console, until: x, within: 1 s, series: "
                    "[{name: a, unit: insn}]}\n"
                    "  - assert: {series: a, stat: p50, min: 9, max: 3}\n"),
              HasSubstr("s.yaml:4:49: the limits are reversed"));
}

TEST_F(ScriptTest, UnknownMissingAndDoubledKeysAreNamed) {
  EXPECT_EQ(wrong("  - expect: {console: x, wthin: 5 s}\n"),
            "s.yaml:3:26: `expect` has no key `wthin`; did you mean `within`?\n"
            "s.yaml:3:13: `expect` needs `within`; write for example `within: 5 s`\n");
  EXPECT_THAT(wrong("  - send: {text: a, text: b}\n"), HasSubstr("`text` is written twice"));
  EXPECT_THAT(wrong_script("nam: x\nsteps: [{power: on}]\n"),
              HasSubstr("s.yaml:1:1: a script has no key `nam`; did you mean `name`?"));
  EXPECT_THAT(wrong_script("name: x\n"), HasSubstr("the script needs `steps`"));
}

TEST_F(ScriptTest, ABadPatternIsExplained) {
  EXPECT_THAT(wrong("  - expect: {console: 'a(b', within: 5 s}\n"),
              HasSubstr("s.yaml:3:23: `console` is not a regular expression: missing ): a(b"));
  EXPECT_THAT(wrong("  - expect: {console: '', within: 5 s}\n"), HasSubstr("is empty"));
}

TEST_F(ScriptTest, AMissingImageSaysWhereItWasLookedFor) {
  const std::string text = wrong("  - flash: {image: none.img}\n");
  EXPECT_THAT(text, HasSubstr("s.yaml:3:20: `image`: no such file `none.img`; looked in "));
}

TEST_F(ScriptTest, ImagesThatCannotWorkAreRefusedBeforeAnythingRuns) {
  image("large.img", 2 << 20, 8);
  EXPECT_THAT(wrong("  - flash: large.img\n"),
              HasSubstr("is too large: 2 MiB, the board's flash has 1 MiB"));
  image("cut.img", 4096, 100);
  EXPECT_THAT(wrong("  - flash: cut.img\n"),
              HasSubstr("is truncated: its partition table reaches"));
  std::ofstream(folder_ / "boot.bin") << "not a disk";
  EXPECT_THAT(wrong("  - flash: boot.bin\n"), HasSubstr("is no disk image"));
  EXPECT_EQ(wrong("  - flash: {image: boot.bin, raw: true}\n"), "");
  std::ofstream(folder_ / "empty.img") << "";
  EXPECT_THAT(wrong("  - flash: {image: empty.img, raw: true}\n"), HasSubstr("is empty"));
}

TEST_F(ScriptTest, MalformedYamlIsPlaced) {
  EXPECT_THAT(wrong_script("name: x\nsteps: [a, b\n"), HasSubstr("s.yaml:3:1: malformed YAML: "));
  EXPECT_THAT(wrong_script(""), HasSubstr("the file is empty"));
  EXPECT_THAT(wrong_script("- just\n- a list\n"),
              HasSubstr("s.yaml:1:1: the file must be a mapping"));
  EXPECT_THAT(wrong_script("name: x\nsteps: power\n"), HasSubstr("`steps` is a list"));
  EXPECT_THAT(wrong_script("name: x\nsteps: &s [*s]\n"), HasSubstr("a step is written"));
}

TEST_F(ScriptTest, OneEntryIsOneStep) {
  EXPECT_THAT(wrong("  - power: on\n    send: x\n"),
              HasSubstr("s.yaml:4:5: one entry is one step: put `send` in an entry of its own"));
  EXPECT_THAT(wrong("  - name: nothing\n"), HasSubstr("this entry has no step"));
  EXPECT_THAT(wrong("  - halt\n"), HasSubstr("a step is written `- kind: arguments`"));
}

TEST_F(ScriptTest, WrongFormsAreExplained) {
  EXPECT_THAT(wrong("  - jtag: hlt\n"), HasSubstr("`jtag` cannot be `hlt`; did you mean `halt`?"));
  EXPECT_THAT(wrong("  - jtag: {raed: 1}\n"), HasSubstr("did you mean `read`?"));
  EXPECT_THAT(wrong("  - jtag: {read: 0, write: 0}\n"), HasSubstr("exclude each other"));
  EXPECT_THAT(wrong("  - jtag: {read: 2}\n"), HasSubstr("not aligned"));
  EXPECT_THAT(wrong("  - jtag: {read: 0, count: 2, equals: [1]}\n"), HasSubstr("make them agree"));
  EXPECT_THAT(wrong("  - jtag: {read: 0xfffffffc, count: 2}\n"), HasSubstr("leaves the address"));
  EXPECT_THAT(wrong("  - power: sometimes\n"), HasSubstr("`do` cannot be `sometimes`"));
  EXPECT_THAT(wrong("  - expect: 'x'\n"), HasSubstr("`expect` needs `within` too"));
  EXPECT_THAT(wrong("  - power:\n"), HasSubstr("needs its arguments"));
}

TEST_F(ScriptTest, AssertionsAreAboutWhatWasMeasured) {
  const std::string measure =
      "  - measure: {from: console, until: x, within: 1 s, series: [{name: kernel/a, unit: "
      "insn}]}\n";
  EXPECT_THAT(wrong("  - assert: {series: a, stat: p50, max: 1}\n"),
              HasSubstr("is not measured by a step before; put a `measure` step first"));
  EXPECT_THAT(wrong(measure + "  - assert: {series: kernel/b, stat: p50, max: 1}\n"),
              HasSubstr("did you mean `kernel/a`?"));
  EXPECT_THAT(wrong(measure + "  - assert: {series: kernel/a, stat: p50}\n"),
              HasSubstr("`assert` has no limit"));
  EXPECT_THAT(wrong(measure + "  - assert: {series: kernel/a, stat: p50, max: 1 cycles}\n"),
              HasSubstr("the limit is in `cycles`, the series in `insn`"));
  EXPECT_THAT(wrong(measure + measure), HasSubstr("measured twice"));
}

TEST_F(ScriptTest, EveryProblemIsFoundAtOnce) {
  EXPECT_EQ(
      read("name: x\nsteps:\n  - powr: on\n  - send: '\\q'\n  - expect: {console: x, within: 1}\n")
          .problems.size(),
      3u);
}

TEST_F(ScriptTest, TheExamplesOfTheReferenceAreRight) {
  image("touchstone.img", 4096, 8);
  std::ofstream(folder_ / "boot.bin") << "x";
  std::string script = "name: all\nsteps:\n";
  for (const Kind& kind : steps::all())
    for (const Form& form : kind.forms) script += "  - " + std::string(form.example) + "\n";
  EXPECT_EQ(wrong_script(script), "");
}

TEST_F(ScriptTest, TheReferenceIsCurrent) {
  std::ifstream file(std::string(TOUCHSTONE_ROOT) + "/docs/steps.md");
  const std::string written((std::istreambuf_iterator<char>(file)), {});
  EXPECT_TRUE(written == reference(steps::all()))
      << "docs/steps.md is old; write it again: build/host/hil/hil steps > docs/steps.md";
}

}  // namespace
}  // namespace hil::script
