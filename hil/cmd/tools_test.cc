// The small subcommands.
#include "hil/cmd/fixture.h"

namespace hil::cmd {
namespace {

using testing::HasSubstr;

class ToolsTest : public CmdTest {};

TEST_F(ToolsTest, ExplainTurnsAWordBackIntoCodeFileAndLine) {
  EXPECT_THAT(hil({"explain", "0x001b0a05"}).words, HasSubstr("timeout, drivers/trng/trng.cc:27"));
  EXPECT_THAT(hil({"explain", "0"}).words, HasSubstr("no error"));
  EXPECT_EQ(hil({"explain", "0x001b0aff"}).status, 2);
  EXPECT_EQ(hil({"explain", "soup"}).status, 2);
  EXPECT_THAT(hil({"explain", "0x0001fe02"}).words, HasSubstr("module 254 (not in the list)"));
}

TEST_F(ToolsTest, VersionBoardsStepsAndSchemaArePrinted) {
  EXPECT_THAT(hil({"--version"}).words, HasSubstr("hil 0."));
  EXPECT_EQ(hil({"--version"}).status, 0);
  EXPECT_EQ(hil({"--help"}).status, 0);
  EXPECT_THAT(hil({"board", "list"}).words, HasSubstr("prime"));
  EXPECT_THAT(hil({"board", "show", "prime"}).words, HasSubstr("0x20000000  128 MiB"));
  EXPECT_THAT(hil({"steps"}).words, HasSubstr("## `measure`"));
  EXPECT_TRUE(nlohmann::json::accept(hil({"schema"}).words));
}

TEST_F(ToolsTest, LintReadsSeveralScripts) {
  write("good.yaml", "name: g\nsteps: [{power: on}]\n");
  write("bad.yaml", "name: b\nsteps: [{powr: on}]\n");
  EXPECT_EQ(hil({"lint", "good.yaml"}).status, 0);
  const Ended ended = hil({"lint", "good.yaml", "bad.yaml"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.words, HasSubstr("good.yaml: 1 steps, nothing wrong"));
  EXPECT_THAT(ended.words, HasSubstr("bad.yaml:2:10: there is no step `powr`"));
}

TEST_F(ToolsTest, DoctorNamesWhatIsMissingAndTheRemedy) {
  setenv("PATH", "/nonexistent", 1);
  const Ended ended = hil({"doctor"});
  setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
  EXPECT_EQ(ended.status, 75);
  EXPECT_THAT(ended.words, HasSubstr("MISSING  openocd"));
  EXPECT_THAT(ended.words, HasSubstr("sudo apt-get install openocd"));
}

TEST_F(ToolsTest, TheConsoleTalksToABoardThatRuns) {
  fake_board();
  std::filesystem::create_directory("state");
  auto board = probes::process::Child::start(
      {.command = {HIL_FAKE_BOARD, "--behave", "well", "--state", (folder_ / "state").string()}});
  ASSERT_TRUE(board);
  ASSERT_TRUE(board->read_line(std::chrono::seconds(5)));
  const Ended ended =
      hil({"console", "--board", "./fake.yaml", "--state", "state", "--for", "300 ms"});
  EXPECT_EQ(ended.status, 0) << ended.words;
  EXPECT_EQ(hil({"console", "--board", "./fake.yaml", "--for", "300"}).status, 2);
}

}  // namespace
}  // namespace hil::cmd
