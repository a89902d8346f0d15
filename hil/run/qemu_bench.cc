// A bench whose board is a machine of QEMU's: no flash and no probe, but a supply and a console.
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "hil/board/paths.h"
#include "hil/run/bench.h"
#include "probes/process/child.h"
#include "probes/process/interrupt.h"

namespace hil::run {
namespace {

using probes::BoardTime;
using probes::Failure;
using probes::Milliseconds;
using probes::Outcome;
using probes::console::Received;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr Milliseconds kSendLimit = 5s;
constexpr Milliseconds kVersionLimit = 10s;
constexpr Milliseconds kEndLimit = 10s;  // QEMU's plugins write what they have found

/// The supply, the console and the memory of one machine. Its time is the wall's; the machine's own
/// clock counts instructions, which is what makes two runs equal.
class Machine final : public probes::power::Power, public probes::console::Source, public Flasher {
 public:
  Machine(const board::Board::Qemu& board, QemuOptions options)
      : board_(board), options_(std::move(options)) {}
  ~Machine() override { end(); }

  Outcome<void> on() override {
    if (child_) return {};
    if (image_.empty())
      return Failure{"nothing is in the machine's memory that it could run; put `flash:` before"};
    std::array<int, 2> pair{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0)
      return Failure{std::string("socketpair: ") + strerror(errno)};
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    fcntl(pair[1], F_SETFD, 0);  // this end is QEMU's
    auto child = probes::process::Child::start(
        {.command = command(pair[1]), .error_log = log().string(), .join_stderr = false});
    close(pair[1]);
    console_ = pair[0];
    if (!child) {
      end();
      return child.error();
    }
    child_.emplace(*std::move(child));
    return {};
  }

  Outcome<void> off() override {
    end();
    return {};
  }

  /// Nothing in the machine outlives its end, so there is nothing to wait for.
  Outcome<void> rest(BoardTime time) override {
    skipped_ += time;
    return {};
  }

  Outcome<Received> receive(BoardTime limit) override {
    const BoardTime deadline = now() + limit;
    while (true) {
      Received received;
      received.chunks = std::exchange(last_words_, {});
      if (!child_) received.stalled = "the board is off; put `power: on` before";
      if (!child_ || !received.chunks.empty()) return received;
      if (!take(received.chunks)) return died();
      if (!received.chunks.empty()) return received;
      if (probes::process::interrupted()) return Failure{"interrupted"};
      const auto left = std::chrono::ceil<Milliseconds>(deadline - now()).count();
      if (left <= 0) return received;
      wait(POLLIN, left);
    }
  }

  Outcome<void> send(std::string_view bytes) override {
    if (!child_) return Failure{"the board is off; put `power: on` before"};
    const Clock::time_point deadline = Clock::now() + kSendLimit;
    while (!bytes.empty()) {
      const ssize_t put = ::send(console_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put > 0) {
        bytes.remove_prefix(static_cast<size_t>(put));
        continue;
      }
      if (put < 0 && errno != EAGAIN && errno != EINTR) return died();
      if (probes::process::interrupted()) return Failure{"interrupted"};
      if (Clock::now() >= deadline) return Failure{"QEMU's serial port takes no bytes"};
      wait(POLLOUT, 100);
    }
    return {};
  }

  BoardTime now() const override {
    return std::chrono::duration_cast<BoardTime>(Clock::now() - opened_) + skipped_;
  }

  Outcome<FlashFigures> flash(const std::filesystem::path& image, const Progress&) override {
    std::error_code error;
    const uint64_t size = std::filesystem::file_size(image, error);
    if (error) return Failure{"image " + image.string() + " cannot be read: " + error.message()};
    if (const auto loader = loader_file(); !std::filesystem::is_regular_file(loader, error))
      return Failure{"no loader " + loader.string() + "; build it: ./rig build device"};
    end();
    image_ = std::filesystem::absolute(image);
    return FlashFigures{.bytes = size};
  }

 private:
  std::filesystem::path log() const { return options_.logs / "qemu.log"; }
  std::filesystem::path loader_file() const { return board::device_build() / board_.loader; }

  /// Commas separate options for QEMU; two are one.
  static std::string quoted(const std::filesystem::path& file) {
    std::string text;
    for (const char c : file.string()) text += c == ',' ? ",," : std::string(1, c);
    return text;
  }

  std::vector<std::string> command(int console) const {
    char load_at[16];
    snprintf(load_at, sizeof load_at, "0x%llx", static_cast<unsigned long long>(board_.load_at));
    std::vector<std::string> command = {
        board_.program,
        "-M",
        board_.machine,
        "-m",
        std::to_string(board_.memory >> 20),
        "-nodefaults",
        "-display",
        "none",
        "-icount",
        "shift=" + std::to_string(board_.icount_shift) + ",sleep=off",
        "-rtc",
        "base=2000-01-01,clock=vm",
        "-seed",
        std::to_string(options_.seed),
        "-chardev",
        "socket,id=console,fd=" + std::to_string(console),
        "-serial",
        "chardev:console",
        "-device",
        "loader,file=" + quoted(image_) + ",addr=" + load_at + ",force-raw=on",
        "-device",
        "loader,file=" + quoted(loader_file()) + ",cpu-num=0"};
    command.insert(command.end(), options_.arguments.begin(), options_.arguments.end());
    return command;
  }

  void end() {
    if (child_) {
      take(last_words_);
      child_->terminate(kEndLimit);
      take(last_words_);
      child_.reset();
    }
    if (console_ >= 0) close(console_);
    console_ = -1;
  }

  /// Appends what has come. False: nothing will come any more.
  bool take(std::vector<probes::console::Chunk>& chunks) {
    while (true) {
      std::array<char, 16384> buffer;
      const BoardTime time = now();
      const ssize_t got = read(console_, buffer.data(), buffer.size());
      if (got > 0)
        chunks.push_back({time, std::string(buffer.data(), static_cast<size_t>(got))});
      else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        return !chunks.empty();
      else if (errno == EAGAIN || !chunks.empty())
        return true;
      if (chunks.size() >= 16) return true;
    }
  }

  void wait(short what, int64_t milliseconds) const {
    pollfd waits[] = {{console_, what, 0}, {probes::process::interrupt_descriptor(), POLLIN, 0}};
    poll(waits, 2, static_cast<int>(std::min<int64_t>(milliseconds, 60'000)));
  }

  Failure died() {
    const int status = child_->stop(1s);
    child_.reset();
    std::string last;
    std::ifstream file(log());
    for (std::string line; std::getline(file, line);)
      if (!line.empty()) last = line;
    return {"QEMU ended by itself: " + probes::process::describe_end(status) +
            (last.empty() ? "" : "; its last words: " + last)};
  }

  board::Board::Qemu board_;
  QemuOptions options_;
  std::filesystem::path image_;
  std::optional<probes::process::Child> child_;
  int console_ = -1;
  std::vector<probes::console::Chunk> last_words_;  ///< from before the supply went off
  Clock::time_point opened_ = Clock::now();
  BoardTime skipped_{};
};

class QemuBench final : public Bench {
 public:
  QemuBench(const board::Board& board, const QemuOptions& options, probes::console::Sink* sink)
      : name_(board.name),
        machine_(*board.qemu, options),
        console_(machine_, sink, {.total = board.console_limit}) {}

  Rig rig() override { return {.power = &machine_, .console = &console_, .flasher = &machine_}; }

  std::string why_not(script::Port port) const override {
    if (port == script::kCaches)
      return "board " + name_ + " runs on QEMU, which counts instructions and knows no caches";
    return port == script::kReset ? "board " + name_ + " has no reset line; use `power: cycle`"
                                  : "board " + name_ + " runs on QEMU, where no debug probe is";
  }

  Outcome<void> make_safe() override { return machine_.off(); }

 private:
  std::string name_;
  Machine machine_;
  probes::console::Console console_;
};

}  // namespace

Outcome<std::unique_ptr<Bench>> open_qemu(const board::Board& board, const QemuOptions& options,
                                          probes::console::Sink* sink) {
  const auto version = probes::process::run({board.qemu->program, "--version"}, kVersionLimit);
  if (!version)
    return Failure{version.error().what + "; install it: sudo apt-get install qemu-system-arm"};
  if (version->status != 0)
    return Failure{board.qemu->program + " --version ended with status " +
                   std::to_string(version->status) + ": " + version->output};
  return std::unique_ptr<Bench>(std::make_unique<QemuBench>(board, options, sink));
}

}  // namespace hil::run
