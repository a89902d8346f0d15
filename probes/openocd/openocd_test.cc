#include "probes/openocd/openocd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "probes/openocd/log.h"
#include "probes/openocd/tcl.h"

namespace probes::openocd {
namespace {

using std::chrono::steady_clock;
using testing::HasSubstr;

class OpenOcdTest : public testing::Test {
 protected:
  void SetUp() override {
    folder = std::filesystem::temp_directory_path() / ("openocd_test." + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  Config config(const std::string& mode) {
    Config made;
    made.program = FAKE_OPENOCD;
    made.environment = {{"FAKE_MODE", mode}};
    made.log = folder / "openocd.log";
    made.gdb_port = 0;
    made.start_limit = Milliseconds(3000);
    return made;
  }
  std::unique_ptr<OpenOcd> started(const std::string& mode) {
    auto made = OpenOcd::start(config(mode));
    if (!made) {
      ADD_FAILURE() << made.error().what;
      return nullptr;
    }
    return *std::move(made);
  }
  static std::string error_of(Outcome<std::string> outcome) {
    return outcome ? "no error: " + *outcome : outcome.error().what;
  }

  std::filesystem::path folder;
};

TEST_F(OpenOcdTest, StartsFindsItsPortsAndAnswers) {
  const auto openocd = started("good");
  ASSERT_TRUE(openocd);
  EXPECT_EQ(*openocd->command("halt"), "ok");
  EXPECT_EQ(openocd->gdb_port(), 4242);
  EXPECT_TRUE(openocd->alive());
}

TEST_F(OpenOcdTest, ARefusedCommandFailsWithItsReasonAndHarmsNothing) {
  const auto openocd = started("good");
  ASSERT_TRUE(openocd);
  EXPECT_EQ(error_of(openocd->command("refuse me")), "openocd: 'refuse me' failed: no such thing");
  EXPECT_EQ(*openocd->command("halt"), "ok");
}

TEST_F(OpenOcdTest, AProgramThatIsNotInstalledIsNamedWithItsPackage) {
  Config wrong = config("good");
  wrong.program = "no-such-openocd";
  const auto made = OpenOcd::start(wrong);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().what, HasSubstr("no-such-openocd"));
  EXPECT_THAT(made.error().what, HasSubstr("apt-get install openocd"));
}

TEST_F(OpenOcdTest, AnEarlyEndIsReportedWithLastWordsAndTheirMeaning) {
  const auto made = OpenOcd::start(config("exit"));
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().what, HasSubstr("exit status 1"));
  EXPECT_THAT(made.error().what, HasSubstr("Could not open serial port"));
  EXPECT_THAT(made.error().what, HasSubstr("is the board running?"));
}

TEST_F(OpenOcdTest, AStartThatHangsIsEnded) {
  Config slow = config("mute");
  slow.start_limit = Milliseconds(300);
  const auto before = steady_clock::now();
  const auto made = OpenOcd::start(slow);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().what, HasSubstr("not ready after 300 ms"));
  EXPECT_LT(steady_clock::now() - before, std::chrono::seconds(3));
}

TEST_F(OpenOcdTest, ACommandThatHangsIsKilledReportedAndCanBeRestarted) {
  auto openocd = started("hang");
  ASSERT_TRUE(openocd);
  const auto before = steady_clock::now();
  const std::string error = error_of(openocd->command("load_image x", Milliseconds(200)));
  EXPECT_LT(steady_clock::now() - before, std::chrono::seconds(3));
  EXPECT_THAT(error, HasSubstr("did not answer 'load_image x' within 200 ms and was killed"));
  EXPECT_FALSE(openocd->alive());
  EXPECT_THAT(error_of(openocd->command("halt")), HasSubstr("not running: openocd did not answer"));
  ASSERT_TRUE(openocd->restart());
  EXPECT_TRUE(openocd->alive());
}

TEST_F(OpenOcdTest, ADeathInTheMiddleIsReportedWithItsSignalAndLastWords) {
  const auto openocd = started("die");
  ASSERT_TRUE(openocd);
  const std::string error = error_of(openocd->command("load_image x"));
  EXPECT_THAT(error, HasSubstr("died during 'load_image x' (killed by signal 6"));
  EXPECT_THAT(error, HasSubstr("assertion failed"));
}

TEST_F(OpenOcdTest, GarbageInsteadOfAnAnswerEndsIt) {
  const auto openocd = started("garbage");
  ASSERT_TRUE(openocd);
  EXPECT_THAT(error_of(openocd->command("halt")), HasSubstr("is no answer"));
  EXPECT_FALSE(openocd->alive());
}

TEST_F(OpenOcdTest, AnAnswerWithoutEndIsCutOff) {
  const auto openocd = started("endless");
  ASSERT_TRUE(openocd);
  const std::string error = error_of(openocd->command("halt", Milliseconds(20'000)));
  EXPECT_THAT(error, HasSubstr("has no end"));
}

bool group_is_gone(pid_t group) {
  for (int i = 0; i < 200; i++) {
    if (kill(-group, 0) != 0) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

TEST_F(OpenOcdTest, NothingIsLeftBehindWhenTheOwnerDies) {
  int tell[2];
  ASSERT_EQ(pipe(tell), 0);
  const pid_t owner = fork();
  if (owner == 0) {
    auto made = OpenOcd::start(config("hang"));
    const pid_t self = made ? getpid() : 0;
    // The fake's group is found by its parent: it is our only child.
    FILE* const children = fopen(
        ("/proc/" + std::to_string(self) + "/task/" + std::to_string(self) + "/children").c_str(),
        "r");
    int child = 0;
    if (!children || fscanf(children, "%d", &child) != 1) child = 0;
    [[maybe_unused]] const ssize_t n = write(tell[1], &child, sizeof child);
    for (;;) pause();
  }
  int child = 0;
  ASSERT_EQ(read(tell[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
  ASSERT_GT(child, 0);
  EXPECT_EQ(kill(-child, 0), 0);
  kill(owner, SIGKILL);
  waitpid(owner, nullptr, 0);
  EXPECT_TRUE(group_is_gone(child));
}

TEST(Log, FindsPortsByTheirService) {
  const char* const log =
      "Info : Listening on port 6666 for tcl connections\n"
      "Info : Listening on port 3333 for gdb connections\n";
  EXPECT_EQ(listening_port(log, "gdb"), 3333);
  EXPECT_EQ(listening_port(log, "tcl"), 6666);
  EXPECT_EQ(listening_port(log, "telnet"), std::nullopt);
  EXPECT_EQ(listening_port("Listening on port  for tcl connections", "tcl"), std::nullopt);
  EXPECT_EQ(listening_port("Listening on port 70000 for tcl connections", "tcl"), std::nullopt);
}

TEST(Log, LastWordsAreTheLastErrorsWithoutRepeats) {
  EXPECT_EQ(last_words(""), "it said nothing");
  EXPECT_EQ(last_words("Info : a\nInfo : b\n"), "Info : b");
  EXPECT_EQ(last_words("Error: 1\nError: 2\nError: 2\nError: 3\nInfo : x\nError: 4\n"), "2; 3; 4");
}

TEST(Tcl, AQuotedWordStandsForItself) {
  EXPECT_EQ(tcl_word("plain"), "\"plain\"");
  EXPECT_EQ(tcl_word("a\"b$c[d]\\{\n\x1a"), "\"a\\\"b\\$c\\[d\\]\\\\\\{\\n\\x1a\"");
}

TEST(Adapter, VirtualOnesAreGeneratedAndSiliconOnesComeFromFiles) {
  EXPECT_THAT(virtual_buspirate("/dev/pts/9"), testing::Contains("buspirate port \"/dev/pts/9\""));
  EXPECT_THAT(virtual_remote_bitbang("/tmp/x:y"),
              testing::Contains("remote_bitbang host \"/tmp/x:y\""));
  EXPECT_THAT(virtual_remote_bitbang("127.0.0.1:70"),
              testing::Contains("remote_bitbang port \"70\""));
  EXPECT_THAT(silicon_names(), testing::IsSupersetOf({"cmsis-dap", "ft2232h", "jlink"}));
  ASSERT_TRUE(silicon("jlink", "12345"));
  EXPECT_THAT(*silicon("jlink", "12345"), testing::Contains("adapter serial \"12345\""));
  const auto unknown = silicon("toaster");
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().what, HasSubstr("cmsis-dap"));
}

}  // namespace
}  // namespace probes::openocd
