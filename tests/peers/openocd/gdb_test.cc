// GDB, through the stock OpenOCD, judges that a program can be debugged on the virtual core.
#include <gmock/gmock.h>

#include <fstream>

#include "probes/process/child.h"
#include "tests/peers/openocd/peer.h"

namespace tests::peers {
namespace {

using testing::HasSubstr;

class GdbPeer : public PeerTest {
 protected:
  void SetUp() override {
    if (!installed("gdb-multiarch")) GTEST_SKIP() << "gdb-multiarch is not installed";
    if (std::string_view(DEMO_ELF).empty()) GTEST_SKIP() << "no arm-none-eabi-gcc to build with";
    hold(MiniBoard::Probe::kBusPirate, 0);
  }
  /// Runs GDB commands on the demo program; yields all it printed.
  std::string gdb(const std::string& commands) {
    const auto script = folder() / "commands.gdb";
    std::ofstream(script) << "set pagination off\nset confirm off\nset remotetimeout 10\n"
                             "target extended-remote 127.0.0.1:"
                          << openocd->gdb_port() << "\nmonitor halt\nload\nset $pc = _start\n"
                          << commands << "\nkill\nquit\n";
    auto finished = probes::process::run(
        {"gdb-multiarch", "-q", "-nx", "-batch", "-x", script.string(), DEMO_ELF},
        probes::Milliseconds(40'000));
    EXPECT_TRUE(finished) << (finished ? "" : finished.error().what);
    return finished ? finished->output : "";
  }
};

TEST_F(GdbPeer, BreaksStepsAndReadsVariables) {
  const std::string said =
      gdb("break main\ncontinue\nnext\nnext\nnext\nprint counter\n"
          "tbreak work\ncontinue\nbacktrace\nfinish\nset var counter = 100\nprint counter");
  EXPECT_THAT(said, HasSubstr("Breakpoint 1, main ()"));
  EXPECT_THAT(said, HasSubstr("$1 = 1"));
  EXPECT_THAT(said, HasSubstr("#0  work (n="));
  EXPECT_THAT(said, HasSubstr("in main () at"));
  EXPECT_THAT(said, HasSubstr("Value returned is"));
  EXPECT_THAT(said, HasSubstr("= 100"));
}

TEST_F(GdbPeer, StepsInstructionsAndSeesRegistersAndMemory) {
  const std::string said =
      gdb("stepi\ninfo registers pc sp cpsr\nset $r5 = 0x1234\nprint/x $r5\n"
          "x/2wx 0x200000\nset {int}0x20000000 = 0x5a5a\nx/1wx 0x20000000\n"
          "hbreak work\ncontinue\ninfo registers pc");
  EXPECT_THAT(said, HasSubstr("sp             0x210000"));
  EXPECT_THAT(said, HasSubstr("pc             0x200004"));
  EXPECT_THAT(said, HasSubstr("= 0x1234"));
  EXPECT_THAT(said, HasSubstr("0x20000000:\t0x00005a5a"));
  EXPECT_THAT(said, HasSubstr("<work>"));
}

// OpenOCD does not tell GDB which watchpoint it was, so GDB reports a trap.
TEST_F(GdbPeer, WatchesAVariableAndResets) {
  const std::string said =
      gdb("watch sum\ncontinue\nprint counter\nx/i $pc - 4\nmonitor reset halt");
  EXPECT_THAT(said, HasSubstr("Hardware watchpoint 1: sum"));
  EXPECT_THAT(said, HasSubstr("SIGTRAP"));
  EXPECT_THAT(said, HasSubstr("$1 = 1"));
  EXPECT_THAT(said, testing::ContainsRegex("(ldr|str)[[:space:]]"));
  EXPECT_THAT(said, HasSubstr("current mode: Supervisor"));
  EXPECT_GE(board->resets(), 1);
}

}  // namespace
}  // namespace tests::peers
