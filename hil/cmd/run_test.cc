// hil run from end to end, on a well-behaved board.
#include "hil/cmd/fixture.h"

namespace hil::cmd {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class RunTest : public CmdTest {};

TEST_F(RunTest, AGoodRunPassesAndLeavesEverything) {
  fake_board();
  const Ended ended =
      run(std::string(kBoot) +
          "  - send: 'ping\\n'\n  - expect: {console: '^probe: pong$', within: 1 s}\n"
          "  - expect: {never: panic, for: 200 ms}\n" +
          kMeasure + "  - assert: {series: kernel/null_call, stat: p50, max: 400, min: 300}\n");
  EXPECT_EQ(ended.status, 0) << ended.words;
  const auto json = results();
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["outcome"], "passed");
  EXPECT_EQ(json["counts"]["passed"], 7);
  EXPECT_FALSE(json["steps"][0].contains("reason"));
  ASSERT_EQ(json["series"].size(), 2u) << "both that came, listed or not";
  EXPECT_EQ(json["series"][0]["name"], "kernel/null_call");
  EXPECT_EQ(json["series"][0]["samples"], 200);
  EXPECT_EQ(json["series"][0]["min"], 300);
  EXPECT_EQ(json["series"][0]["p50"], 324);
  EXPECT_EQ(json["series"][0]["p99"], 349);
  EXPECT_EQ(json["series"][0]["max"], 349);
  EXPECT_EQ(json["series"][0]["values"].size(), 200u);
  EXPECT_EQ(json["seed"], 1);
  EXPECT_NE(json["tools"]["hil"], "");
  EXPECT_THAT(read("out/junit.xml"), HasSubstr("tests=\"7\" failures=\"0\" errors=\"0\""));
  EXPECT_THAT(read("out/report.html"), HasSubstr("<svg"));
  EXPECT_THAT(read("out/console.log"), HasSubstr("boot: fake\r\nkernel: ready, 5 processes\r\n"));
  EXPECT_THAT(ended.words, HasSubstr("kernel/null_call"));
}

TEST_F(RunTest, ConsoleLinesCarryVirtualTime) {
  fake_board();
  ASSERT_EQ(run(kBoot).status, 0);
  const std::string index = read("out/console.jsonl");
  const auto first = nlohmann::json::parse(index.substr(0, index.find('\n')));
  // Off for 500 ms, then 10 ms after power-on.
  EXPECT_EQ(first["board_ps"], 510'000'000'000);
  EXPECT_EQ(first["text"], "boot: fake");
}

TEST_F(RunTest, TheSameScriptTwiceSeesTheSameAtTheSameTimes) {
  fake_board();
  const std::string steps = std::string(kBoot) +
                            "  - send: 'ping\\n'\n"
                            "  - expect: {console: pong, within: 1 s}\n" +
                            kMeasure;
  ASSERT_EQ(run(steps).status, 0);
  const auto first = results();
  const std::string log = read("out/console.log");
  ASSERT_EQ(run(steps).status, 0);
  const auto second = results();
  EXPECT_EQ(read("out/console.log"), log);
  EXPECT_EQ(second["series"], first["series"]);
  EXPECT_EQ(second["board_s"], first["board_s"]);
  for (size_t i = 0; i < first["steps"].size(); ++i)
    EXPECT_EQ(second["steps"][i]["board_s"], first["steps"][i]["board_s"]);
}

TEST_F(RunTest, AFailureIsTheProductsQuotesTheConsoleAndEndsTheRun) {
  fake_board();
  const Ended ended = run(std::string(kBoot) +
                          "  - expect: {console: 'never said', within: 300 ms}\n  - power: off\n");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.words, HasSubstr("/never said/ did not come within 300 ms"));
  EXPECT_THAT(ended.words, HasSubstr("| kernel: ready, 5 processes"));
  EXPECT_EQ(results()["steps"][2]["status"], "failed");
  EXPECT_EQ(results()["steps"][3]["status"], "not_run");
  EXPECT_EQ(results()["steps"][3]["reason"], "step 3 failed");
  EXPECT_THAT(read("out/junit.xml"), HasSubstr("<failure type=\"product\""));
}

TEST_F(RunTest, KeepGoingGoesOnButDoesNotPass) {
  fake_board();
  const Ended ended = run(std::string(kBoot) +
                          "  - {keep_going: true, expect: {console: nothing, within: 1 ms}}\n"
                          "  - send: 'ping\\n'\n  - expect: {console: pong, within: 1 s}\n");
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(results()["steps"][4]["status"], "passed");
}

TEST_F(RunTest, UnlessFailsAtOnce) {
  fake_board("refuse");
  const Ended ended =
      run("  - power: on\n"
          "  - expect: {console: ready, within: 100 s, unless: REFUSED}\n");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.words, HasSubstr("/REFUSED/ came in line 2 (`boot: REFUSED: unknown key`)"));
}

TEST_F(RunTest, AnExpectationOfABoardThatIsOffSaysSo) {
  fake_board();
  const Ended ended = run("  - expect: {console: x, within: 100 s}\n");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.words, HasSubstr("the board is off; put `power: on` before"));
}

TEST_F(RunTest, WhatWasSaidBeforeAPowerCycleDoesNotCountAfterIt) {
  fake_board();
  const Ended ended =
      run("  - power: on\n  - expect: {console: boot, within: 1 s}\n"
          "  - expect: {console: ready, within: 1 s}\n  - power: off\n"
          "  - expect: {console: ready, within: 1 s}\n");
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(results()["steps"][4]["status"], "failed");
}

TEST_F(RunTest, APromptIsFound) {
  fake_board("prompt");
  EXPECT_EQ(run("  - power: on\n  - expect: {console: 'login: $', within: 1 s}\n").status, 0);
}

TEST_F(RunTest, BytesThatAreNoTextStayUntouchedInTheLogAndSafeEverywhereElse) {
  fake_board("bytes");
  ASSERT_EQ(run(std::string(kBoot) + "  - expect: {console: 'café', within: 1 s}\n").status, 0);
  EXPECT_THAT(read("out/console.log"), HasSubstr("\xff\x1b[2J\x01 caf\xc3\xa9\r\n"));
  EXPECT_THAT(read("out/report.html"), HasSubstr("\\xff\\x1b[2J\\x01 café"));
}

TEST_F(RunTest, AStepThatTheBenchCannotServeIsSkippedAndNotPassed) {
  fake_board();
  const std::string steps = "  - power: on\n  - jtag: halt\n";
  Ended ended = run(steps);
  EXPECT_EQ(ended.status, 75);
  EXPECT_EQ(results()["outcome"], "incomplete");
  EXPECT_EQ(results()["steps"][1]["status"], "skipped");
  EXPECT_THAT(ended.words, HasSubstr("skipped: step 2 jtag halt: the virtual board's process "
                                     "offers no debug probe"));
  EXPECT_THAT(read("out/junit.xml"), HasSubstr("<skipped"));
  EXPECT_EQ(run(steps, {"--allow-skips"}).status, 0);
}

TEST_F(RunTest, AScriptWhoseNeedsAreNotMetRunsNothing) {
  fake_board();
  write("n.yaml", "name: n\nboard: {needs: [debug]}\nsteps:\n  - power: on\n");
  EXPECT_EQ(hil({"run", "n.yaml", "--board", "./fake.yaml", "--out", "out"}).status, 75);
  EXPECT_EQ(results()["steps"][0]["status"], "skipped");
  EXPECT_THAT(std::string(results()["steps"][0]["reason"]), HasSubstr("the script needs it"));
}

TEST_F(RunTest, MissingLimitsAndSeriesAreAllNamedAndTheSamplesKept) {
  fake_board();
  const Ended ended =
      run(std::string(kBoot) +
          "  - measure: {from: console, command: bench, until: 'bench: done', within: 5 s, series: "
          "[{name: kernel/null_call, unit: insn, samples: 500, p99: {max: 340}}, "
          "{name: kernel/context_switch, unit: cycles}, {name: kernel/none, unit: insn}]}\n");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.words, HasSubstr("kernel/null_call: 200 samples, at least 500 were asked for"));
  EXPECT_THAT(ended.words, HasSubstr("kernel/null_call p99: 349 insn is over the limit of 340"));
  EXPECT_THAT(ended.words, HasSubstr("kernel/context_switch came in insn, not in cycles"));
  EXPECT_THAT(ended.words, HasSubstr("kernel/none did not come"));
  EXPECT_EQ(results()["series"].size(), 2u);
}

TEST_F(RunTest, ATraceIsStoredAndDrawn) {
  fake_board();
  const Ended ended = run(std::string(kBoot) +
                          "  - trace: start\n  - trace: {fetch: turns, within: 5 s, events: 30}\n");
  ASSERT_EQ(ended.status, 0) << ended.words;
  const nlohmann::json trace = results()["traces"][0];
  EXPECT_EQ(trace["file"], "turns.trace.json");
  EXPECT_EQ(trace["events"], 30);
  EXPECT_EQ(trace["lost"], 2);
  EXPECT_THAT(read("out/report.html"), HasSubstr("class=\"timeline\""));
  EXPECT_TRUE(nlohmann::json::parse(read("out/turns.trace.json"), nullptr, false)["traceEvents"]
                  .is_array());
}

TEST_F(RunTest, ATraceThatIsDamagedShortOrRefusedFailsItsStep) {
  const std::string fetch = "  - trace: {fetch: turns, within: 5 s, events: 31}\n";
  fake_board();
  EXPECT_THAT(run(std::string(kBoot) + fetch).words, HasSubstr("at least 31 were asked for"));
  EXPECT_THAT(run(std::string(kBoot) + "  - trace: stop\n").words,
              HasSubstr("the board answered `probe: trace failed"));
  fake_board("corrupt");
  EXPECT_THAT(run(std::string(kBoot) + fetch).words, HasSubstr("damaged on its way"));
  fake_board("lose");
  EXPECT_THAT(run(std::string(kBoot) + fetch).words, HasSubstr("events are missing"));
  EXPECT_THAT(run(std::string(kBoot) + "  - trace: start\n").words,
              HasSubstr("`probe: trace started` did not come within 2 s"));
  EXPECT_THAT(run(std::string(kBoot) + "  - trace: {fetch: ../x}\n").words,
              HasSubstr("is no name for a file"));
}

TEST_F(RunTest, CachesAreCountedFromTheStepOnOrFromTheStart) {
  fake_board();
  ASSERT_EQ(run(std::string(kBoot) + kMeasure).status, 0);
  EXPECT_EQ(results()["series"][0]["min"], 300);
  EXPECT_EQ(results()["caches"], false);
  ASSERT_EQ(run(std::string(kBoot) + "  - caches: counted\n" + kMeasure).status, 0);
  EXPECT_EQ(results()["series"][0]["min"], 1300);
  ASSERT_EQ(run(std::string(kBoot) + kMeasure, {"--caches"}).status, 0);
  EXPECT_EQ(results()["series"][0]["min"], 1300);
  EXPECT_EQ(results()["caches"], true);
}

TEST_F(RunTest, TheSeedIsRecorded) {
  fake_board();
  ASSERT_EQ(run("  - power: on\n", {"--seed", "42"}).status, 0);
  EXPECT_EQ(results()["seed"], 42);
}

}  // namespace
}  // namespace hil::cmd
