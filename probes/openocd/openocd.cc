// The process: starting it, asking it, and noticing when it is lost.
#include "probes/openocd/openocd.h"

#include <charconv>
#include <system_error>
#include <thread>

#include "probes/openocd/log.h"
#include "probes/openocd/tcl.h"
#include "probes/process/interrupt.h"

namespace probes::openocd {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Milliseconds kGrace{
    500};  // between being asked to end, or closing the connection, and the kill
// The remote procedure calls carry no status: this puts it in the first line of every answer.
constexpr std::string_view kWrapper =
    "proc touchstone_run {c} {set e [catch {uplevel #0 [list capture $c]} r]; return \"$e\\n$r\"}";

std::string shortened(std::string_view text) {
  constexpr size_t kMost = 60;
  return text.size() <= kMost ? std::string(text) : std::string(text.substr(0, kMost)) + "...";
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kSpace) - first + 1));
}

}  // namespace

Outcome<std::unique_ptr<OpenOcd>> OpenOcd::start(Config config) {
  std::unique_ptr<OpenOcd> self(new OpenOcd(std::move(config)));
  TRY(self->launch());
  return self;
}

OpenOcd::~OpenOcd() {
  shutdown();
}

std::vector<std::string> OpenOcd::arguments() const {
  std::vector<std::string> words{config_.program};
  const auto line = [&](std::string text) {
    words.push_back("-c");
    words.push_back(std::move(text));
  };
  line("bindto 127.0.0.1");
  line("tcl_port 0");
  line("telnet_port disabled");
  line("gdb_port " + (config_.gdb_port ? std::to_string(*config_.gdb_port) : "disabled"));
  for (const std::string& each : config_.adapter) line(each);
  words.push_back("-f");
  words.push_back(config_.target_file);
  // Examining sets the idle clocks back, so they are set after every examination.
  if (config_.idle_clocks)
    line(config_.target + " configure -event examine-end {" + config_.dap + " memaccess " +
         std::to_string(*config_.idle_clocks) + "}");
  for (const std::string& each : config_.extra) line(each);
  line(std::string(kWrapper));
  line("init");
  return words;
}

Outcome<void> OpenOcd::launch() {
  const Clock::time_point deadline = Clock::now() + config_.start_limit;
  std::error_code ignored;
  std::filesystem::remove(config_.log, ignored);  // an old one's port must not be taken for ours
  auto child = process::Child::start({.command = arguments(),
                                      .environment = config_.environment,
                                      .error_log = config_.log.string()});
  if (!child)
    return Failure{child.error().what +
                   "; OpenOCD is the Debian package 'openocd': apt-get install openocd"};
  child_.emplace(*std::move(child));
  const uint16_t port = TRY(await_port(deadline));
  auto rpc = Rpc::connect(port);
  if (!rpc) return put_away("openocd's command port: " + rpc.error().what);
  rpc_.emplace(*std::move(rpc));
  // The port opens before `init` is done; an answer comes after it.
  const auto left = std::chrono::ceil<Milliseconds>(deadline - Clock::now());
  const auto ready = command("version", std::max(left, Milliseconds(1)));
  if (!ready) return Failure{"openocd did not start: " + ready.error().what};
  gdb_port_ = config_.gdb_port
                  ? listening_port(read_log(config_.log), "gdb").value_or(*config_.gdb_port)
                  : 0;
  return {};
}

Outcome<uint16_t> OpenOcd::await_port(Clock::time_point deadline) {
  for (;;) {
    const bool ended = child_->ended().has_value();  // before the log is read: nothing comes after
    if (const auto port = listening_port(read_log(config_.log), "tcl"); port && !ended)
      return *port;
    if (ended) return put_away("openocd did not start");
    if (process::interrupted()) return put_away("openocd's start was interrupted");
    if (Clock::now() >= deadline)
      return put_away("openocd was not ready after " + std::to_string(config_.start_limit.count()) +
                      " ms");
    std::this_thread::sleep_for(Milliseconds(5));
  }
}

// Ends the process and says how it had been, with its last words.
Failure OpenOcd::put_away(std::string what) {
  rpc_.reset();
  if (child_) {
    const std::optional<int> status = child_->ended();
    what += status ? " (" + process::describe_end(*status) + ")" : " and was killed";
    child_->stop();
    child_.reset();
  }
  reason_ = what + ": " + last_words(read_log(config_.log));
  return Failure{reason_};
}

Outcome<std::string> OpenOcd::command(std::string_view tcl, Milliseconds limit) {
  if (!rpc_) return Failure{"openocd is not running: " + (reason_.empty() ? "shut down" : reason_)};
  Rpc::Answer answer = rpc_->call("touchstone_run " + tcl_word(tcl), limit);
  const std::string name = "'" + shortened(tcl) + "'";
  switch (answer.end) {
    case Rpc::End::kAnswered:
      break;
    case Rpc::End::kClosed:
      for (const auto until = Clock::now() + kGrace; !child_->ended() && Clock::now() < until;)
        std::this_thread::sleep_for(Milliseconds(2));  // it is dying: learn how
      return put_away("openocd died during " + name);
    case Rpc::End::kLate:
      return put_away("openocd did not answer " + name + " within " +
                      std::to_string(limit.count()) + " ms");
    case Rpc::End::kInterrupted:
      return put_away("interrupted during " + name + "; openocd");
    case Rpc::End::kTooLong:
      return put_away("openocd's answer to " + name + " has no end; it");
  }
  // A TCL return code (0 is success; OpenOCD's own are negative), a line end, and what was said.
  const std::string& text = answer.text;
  int code = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
  const size_t digits = static_cast<size_t>(end - text.data());
  if (error != std::errc() || digits >= text.size() || text[digits] != '\n')
    return put_away("openocd's answer to " + name + " is no answer ('" + shortened(text) +
                    "'); it");
  std::string said = trimmed(std::string_view(text).substr(digits));
  if (code != 0) return Failure{"openocd: " + name + " failed" + (said.empty() ? "" : ": " + said)};
  return said;
}

Outcome<void> OpenOcd::restart() {
  shutdown();
  reason_.clear();
  return launch();
}

void OpenOcd::shutdown() {
  if (rpc_) {
    rpc_->call("shutdown", kGrace);
    rpc_.reset();
  }
  if (child_) {
    child_->stop(kGrace);
    child_.reset();
  }
}

}  // namespace probes::openocd
