// Whatever is wrong, the user is told what, the status says whose fault it is, and nothing is lost.
#include <signal.h>

#include "hil/cmd/fixture.h"

namespace hil::cmd {
namespace {

using testing::HasSubstr;

class BadInputTest : public CmdTest {};

TEST_F(BadInputTest, NoSuchScriptOrBoard) {
  fake_board();
  Ended ended = hil({"run", "none.yaml", "--board", "./fake.yaml"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.words, HasSubstr("none.yaml: no such file"));
  write("s.yaml", "name: s\nsteps: [{power: on}]\n");
  ended = hil({"run", "s.yaml", "--board", "pirme"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.words, HasSubstr("no board `pirme`; did you mean `prime`?"));
  EXPECT_EQ(hil({"run", "s.yaml", "--board", "./none.yaml"}).status, 2);
  EXPECT_EQ(hil({"run", ".", "--board", "./fake.yaml"}).status, 2);
}

TEST_F(BadInputTest, WrongScriptsArePlacedAndShownAndNothingRuns) {
  fake_board();
  const Ended ended =
      run("  - expct: {console: x, within: 5 s}\n  - expect: {console: x, within: 5}\n");
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.words,
              HasSubstr("s.yaml:3:5: there is no step `expct`; did you mean `expect`?"));
  EXPECT_THAT(ended.words, HasSubstr("  |   - expct: {console"));
  EXPECT_THAT(ended.words, HasSubstr("s.yaml:4:34: `within`: `5` has no unit; write `5 s`"));
  EXPECT_FALSE(std::filesystem::exists("out"));
}

TEST_F(BadInputTest, WrongCommandLines) {
  fake_board();
  EXPECT_EQ(hil({}).status, 2);
  EXPECT_EQ(hil({"rnu"}).status, 2);
  EXPECT_EQ(hil({"run"}).status, 2);
  EXPECT_EQ(hil({"run", "s.yaml", "--bord", "x"}).status, 2);
  EXPECT_EQ(hil({"run", "s.yaml", "--board", "./fake.yaml", "--seed", "many"}).status, 2);
  write("file", "");
  write("s.yaml", "name: s\nsteps: [{power: on}]\n");
  EXPECT_EQ(hil({"run", "s.yaml", "--board", "./fake.yaml", "--out", "file"}).status, 2);
}

TEST_F(BadInputTest, ImagesThatCannotWork) {
  fake_board();
  write("large.img", std::string(2 << 20, 'x'));
  Ended ended = hil({"flash", "large.img", "--board", "./fake.yaml", "--state", "state"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.words, HasSubstr("is too large: 2 MiB, the board's flash has 1 MiB"));
  write("small.img", "short");
  EXPECT_EQ(hil({"flash", "small.img", "--board", "./fake.yaml", "--state", "state"}).status, 2);
  EXPECT_EQ(hil({"flash", "none.img", "--board", "./fake.yaml", "--state", "state"}).status, 2);
  ended = hil({"flash", "small.img", "--raw", "--board", "./fake.yaml", "--state", "state"});
  EXPECT_EQ(ended.status, 75);
  EXPECT_THAT(ended.words, HasSubstr("offers no debug probe"));
}

TEST_F(BadInputTest, ABoardThatDoesNotStartIsQuoted) {
  fake_board("refuse-to-start");
  const Ended ended = run("  - power: on\n");
  EXPECT_EQ(ended.status, 75);
  EXPECT_THAT(ended.words,
              HasSubstr("the virtual board does not come up: it ended: exit status 2"));
  EXPECT_THAT(ended.words, HasSubstr("its last words: fake board: no such model"));
  EXPECT_EQ(results()["outcome"], "error");
  EXPECT_EQ(results()["steps"][0]["status"], "not_run");
}

TEST_F(BadInputTest, ABoardThatDiesMidStepIsTheBenchsFaultAndWhatWasMeasuredIsKept) {
  fake_board("die");
  const Ended ended = run(std::string(kBoot) + kMeasure + "  - send: 'ping\\n'\n" +
                          "  - expect: {console: pong, within: 5 s}\n");
  EXPECT_EQ(ended.status, 75);
  EXPECT_THAT(ended.words, HasSubstr("the virtual board's process died"));
  const auto json = results();
  EXPECT_EQ(json["outcome"], "error");
  EXPECT_EQ(json["steps"][3]["status"], "error");
  EXPECT_EQ(json["steps"][4]["status"], "not_run");
  EXPECT_EQ(json["series"].size(), 2u);
  EXPECT_THAT(read("out/junit.xml"), HasSubstr("<error type=\"bench\""));
}

TEST_F(BadInputTest, ABoardThatHangsIsNamedAfterTheWatchdogsLimit) {
  fake_board("hang", "watchdog: 300 ms\n");
  const Ended ended = run(kBoot);
  EXPECT_EQ(ended.status, 75);
  EXPECT_THAT(ended.words, HasSubstr("the virtual board hangs: no answer for 300 ms"));
}

TEST_F(BadInputTest, ABoardThatTalksNonsenseIsNamed) {
  fake_board("garbage");
  const Ended ended = run(kBoot);
  EXPECT_EQ(ended.status, 75);
  EXPECT_THAT(ended.words, HasSubstr("answer is not understood: what?"));
}

TEST_F(BadInputTest, AFloodingConsoleIsNamedAndBounded) {
  fake_board("flood");
  const Ended ended = run("  - power: on\n  - expect: {console: nothing, within: 100 s}\n");
  EXPECT_EQ(ended.status, 75);
  EXPECT_THAT(ended.words, HasSubstr("the console floods: more than 4 MiB of output"));
  EXPECT_LT(std::filesystem::file_size("out/console.log"), 5u << 20);
  EXPECT_LT(std::filesystem::file_size("out/results.json"), 100'000u);
}

TEST_F(BadInputTest, ADamagedSampleLineFailsTheStepAndIsNamed) {
  fake_board("corrupt");
  Ended ended = run(std::string(kBoot) + kMeasure);
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.words, HasSubstr("a sample line was damaged on its way"));
  EXPECT_THAT(ended.words, HasSubstr("@S kernel/null_call insn 50"));
  fake_board("lose");
  ended = run(std::string(kBoot) + kMeasure);
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.words, HasSubstr("50 values came, but this line says that there were 60"));
}

TEST_F(BadInputTest, AFullDiskIsNamedAndWhatWasWrittenIsKept) {
  fake_board();
  write("s.yaml", std::string("name: test\nsteps:\n") + kBoot + kMeasure + "  - power: off\n");
  // No file may grow beyond 6 KiB: the first results fit, those with the samples do not.
  auto ended = probes::process::run(
      {"sh", "-c", "ulimit -f 12; exec " HIL_PROGRAM " run s.yaml --board ./fake.yaml --out out"},
      std::chrono::seconds(60));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->status, 75) << ended->output;
  EXPECT_THAT(ended->output, HasSubstr("the disk is full"));
  const auto json = results();
  ASSERT_TRUE(json.is_object()) << "the last results that fitted stand whole";
  EXPECT_EQ(json["steps"][1]["status"], "passed");
}

TEST_F(BadInputTest, AFullDiskUnderTheConsoleLogEndsTheRun) {
  fake_board();
  std::filesystem::create_directory("out");
  std::filesystem::create_symlink("/dev/full", "out/console.log");
  const Ended ended = run(kBoot);
  EXPECT_EQ(ended.status, 75);
  EXPECT_THAT(ended.words, HasSubstr("the disk is full"));
  EXPECT_EQ(results()["steps"][1]["status"], "error");
}

TEST_F(BadInputTest, ABoardInUseSaysByWhom) {
  fake_board("hang");
  write("slow.yaml", std::string("name: slow\nsteps:\n") + kBoot);
  auto first = probes::process::Child::start(
      {.command = {HIL_PROGRAM, "run", "slow.yaml", "--board", "./fake.yaml", "--out", "first",
                   "--state", "state"}});
  ASSERT_TRUE(first);
  for (int i = 0; i < 500 && read("state/pid").empty(); ++i) usleep(10'000);
  const Ended second = run("  - power: on\n", {"--state", "state"});
  EXPECT_EQ(second.status, 75);
  EXPECT_THAT(second.words,
              HasSubstr("the board is in use by process " + std::to_string(first->pid())));
  EXPECT_THAT(second.words, HasSubstr("hil run slow.yaml"));
  first->stop();
  fake_board();
  EXPECT_EQ(run("  - power: on\n", {"--state", "state"}).status, 0);
}

}  // namespace
}  // namespace hil::cmd
