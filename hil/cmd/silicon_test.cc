// A bench with a serial port and a switched supply; the board behind it is a pseudo terminal.
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>

#include <atomic>
#include <thread>

#include "hil/cmd/fixture.h"

namespace hil::cmd {
namespace {

using testing::HasSubstr;

/// Says its line when the supply comes on, and answers pings.
class PtyBoard {
 public:
  explicit PtyBoard(std::filesystem::path power) : power_(std::move(power)) {
    master_ = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    grantpt(master_);
    unlockpt(master_);
    device = ptsname(master_);
    // Held open, so that the line does not hang up between the runner's opens.
    slave_ = open(device.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    thread_ = std::thread([this] { live(); });
  }
  ~PtyBoard() {
    stop_ = true;
    thread_.join();
    close(slave_);
    close(master_);
  }
  std::string device;

 private:
  void live() {
    bool was_on = false;
    while (!stop_) {
      const bool on = std::filesystem::exists(power_);
      if (on && !was_on) say("kernel: ready, 5 processes\r\n");
      was_on = on;
      pollfd wait{master_, POLLIN, 0};
      if (poll(&wait, 1, 5) <= 0) continue;
      char buffer[64];
      const ssize_t got = ::read(master_, buffer, sizeof buffer);
      if (on && got > 0 && std::string(buffer, static_cast<size_t>(got)).find("ping") == 0)
        say("probe: pong\r\n");
    }
  }
  void say(std::string_view text) {
    [[maybe_unused]] const ssize_t put = ::write(master_, text.data(), text.size());
  }

  std::filesystem::path power_;
  int master_ = -1, slave_ = -1;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

class SiliconTest : public CmdTest {
 protected:
  void bench(const std::string& device) {
    fake_board();
    write("bench.yaml", "name: bench-1\nboard: fake\nconsole: {device: " + device +
                            "}\npower: {on: 'touch powered', off: 'rm -f powered'}\n");
  }
};

TEST_F(SiliconTest, TheSameScriptRunsOnABenchInWallTime) {
  PtyBoard board(folder_ / "powered");
  bench(board.device);
  const Ended ended =
      run("  - power: {do: cycle, off_for: 50 ms}\n"
          "  - expect: {console: 'kernel: ready', within: 5 s}\n"
          "  - caches: counted\n"
          "  - send: 'ping\\n'\n  - expect: {console: pong, within: 5 s}\n",
          {"--bench", "bench.yaml"});
  EXPECT_EQ(ended.status, 0) << ended.words;
  EXPECT_EQ(results()["board"]["backend"], "silicon");
  EXPECT_EQ(results()["board"]["bench"], "bench-1");
  EXPECT_FALSE(std::filesystem::exists("powered")) << "the board is left off";
}

TEST_F(SiliconTest, ABenchWithoutAProbeSkipsWhatNeedsOne) {
  PtyBoard board(folder_ / "powered");
  bench(board.device);
  const Ended ended =
      run("  - power: on\n  - jtag: halt\n  - reset: srst\n", {"--bench", "bench.yaml"});
  EXPECT_EQ(ended.status, 75);
  EXPECT_THAT(ended.words, HasSubstr("bench bench-1 has no debug probe"));
  EXPECT_FALSE(std::filesystem::exists("powered"));
}

TEST_F(SiliconTest, AFailedRunLeavesTheBoardOff) {
  PtyBoard board(folder_ / "powered");
  bench(board.device);
  EXPECT_EQ(run("  - power: on\n  - expect: {console: nothing, within: 100 ms}\n",
                {"--bench", "bench.yaml"})
                .status,
            1);
  EXPECT_FALSE(std::filesystem::exists("powered"));
}

TEST_F(SiliconTest, AnInterruptedRunLeavesTheBoardOff) {
  PtyBoard board(folder_ / "powered");
  bench(board.device);
  write("s.yaml",
        "name: s\nsteps:\n  - power: on\n  - expect: {console: nothing, within: 10 min}\n");
  auto child = probes::process::Child::start(
      {.command = {HIL_PROGRAM, "run", "s.yaml", "--board", "./fake.yaml", "--out", "out",
                   "--bench", "bench.yaml"}});
  ASSERT_TRUE(child);
  for (int i = 0; i < 1000 && !std::filesystem::exists("powered"); ++i) usleep(10'000);
  usleep(100'000);
  kill(child->pid(), SIGINT);
  EXPECT_EQ(WEXITSTATUS(child->stop(std::chrono::seconds(20))), 130);
  EXPECT_FALSE(std::filesystem::exists("powered"));
}

TEST_F(SiliconTest, AMissingPortIsTheBenchsFaultAndSaysWhatToDo) {
  bench("/dev/no-such-port");
  const Ended ended = run("  - power: on\n", {"--bench", "bench.yaml"});
  EXPECT_EQ(ended.status, 75);
  EXPECT_THAT(ended.words, HasSubstr("serial port /dev/no-such-port: No such file or directory"));
  EXPECT_THAT(ended.words, HasSubstr("is the adapter plugged in?"));
}

TEST_F(SiliconTest, ABenchThatHoldsAnotherBoardIsRefused) {
  fake_board();
  write("bench.yaml", "name: bench-1\nboard: prime\n");
  const Ended ended = run("  - power: on\n", {"--bench", "bench.yaml"});
  EXPECT_EQ(ended.status, 75);
  EXPECT_THAT(ended.words, HasSubstr("holds the board `prime`, not `fake`"));
}

}  // namespace
}  // namespace hil::cmd
