// A child process that cannot outlive its owner.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "probes/failure.h"
#include "probes/time.h"

namespace probes::process {

/// How a process ended: "exit status 3", "killed by signal 9 (Killed)".
std::string describe_end(int wait_status);

/// A running child in a process group of its own, so that a terminal's Ctrl-C does not reach it
/// directly. The group is killed when the owner is destroyed, when an interrupt comes, and by the
/// kernel when the owner's thread dies. stdin is /dev/null.
class Child {
 public:
  struct Options {
    std::vector<std::string> command{};  ///< program (looked up in PATH) and its arguments
    std::vector<std::pair<std::string, std::string>> environment{};  ///< added to ours
    std::string error_log{};   ///< file that stderr goes to; empty: shares ours
    bool join_stderr = false;  ///< stderr goes where stdout goes
  };

  /// Fails when the program does not exist or cannot be started.
  static Outcome<Child> start(const Options& options);

  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();

  pid_t pid() const { return pid_; }
  /// Its stdout, non-blocking.
  int output() const { return output_; }

  /// The next line of its stdout, without the line end. Fails when it ends first, or after `limit`.
  Outcome<std::string> read_line(Milliseconds limit);

  /// The wait status once it has ended; does not block.
  std::optional<int> ended();

  /// Asks it to end (SIGTERM), then as stop().
  int terminate(Milliseconds limit);

  /// Waits for its end at most `limit`, then kills the group. Returns the wait status.
  int stop(Milliseconds limit = Milliseconds(0));

 private:
  Child(pid_t pid, int output) : pid_(pid), output_(output) {}

  pid_t pid_ = -1;
  int output_ = -1;
  std::optional<int> status_;
  std::string pending_;
};

struct Finished {
  int status = 0;        ///< exit status; 128 + signal when killed
  std::string output{};  ///< stdout and stderr, the last 64 KiB
};

/// Runs a command to its end. Fails when it cannot start or takes longer than `limit`.
Outcome<Finished> run(const std::vector<std::string>& command, Milliseconds limit);

}  // namespace probes::process
