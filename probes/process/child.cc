// fork and exec, with the arrangements that keep a child from outliving us.
#include "probes/process/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "probes/process/interrupt.h"

extern char** environ;

namespace probes::process {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kOutputKept = 64 * 1024;
constexpr size_t kLineLimit = 64 * 1024;

int milliseconds_left(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<Milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 60'000));
}

/// In the child between fork and exec: async-signal-safe calls only. Reports errno and ends.
[[noreturn]] void become(char* const* argv, char* const* envp, int out, int error_log,
                         bool join_stderr, int report, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // the parent died before the line above
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ})
    sigaction(signal, &action, nullptr);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(null, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  if (join_stderr) dup2(out, STDERR_FILENO);
  if (error_log >= 0) dup2(error_log, STDERR_FILENO);
  environ = const_cast<char**>(envp);
  execvp(argv[0], argv);
  const int reason = errno;
  [[maybe_unused]] const ssize_t n = write(report, &reason, sizeof reason);
  _exit(127);
}

std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text = *entry;
    const bool replaced = std::any_of(added.begin(), added.end(), [&](const auto& pair) {
      return text.starts_with(pair.first + "=");
    });
    if (!replaced) all.emplace_back(text);
  }
  for (const auto& [name, value] : added) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

std::string describe_end(int wait_status) {
  if (WIFEXITED(wait_status)) return "exit status " + std::to_string(WEXITSTATUS(wait_status));
  const int signal = WTERMSIG(wait_status);
  return "killed by signal " + std::to_string(signal) + " (" + strsignal(signal) + ")";
}

Outcome<Child> Child::start(const Options& options) {
  base::require(!options.command.empty());
  std::array<int, 2> out{}, report{};
  if (pipe2(out.data(), O_CLOEXEC) != 0) return Failure{std::string("pipe: ") + strerror(errno)};
  if (pipe2(report.data(), O_CLOEXEC) != 0) {
    close(out[0]), close(out[1]);
    return Failure{std::string("pipe: ") + strerror(errno)};
  }
  int error_log = -1;
  if (!options.error_log.empty())
    error_log = open(options.error_log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

  std::vector<std::string> command = options.command;
  std::vector<std::string> environment = environment_with(options.environment);
  const std::vector<char*> argv = pointers(command), envp = pointers(environment);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0)
    become(argv.data(), envp.data(), out[1], error_log, options.join_stderr, report[1], parent);

  const int fork_error = errno;
  close(out[1]), close(report[1]);
  if (error_log >= 0) close(error_log);
  if (pid < 0) {
    close(out[0]), close(report[0]);
    return Failure{std::string("fork: ") + strerror(fork_error)};
  }
  setpgid(pid, pid);  // also here: whoever is first
  int reason = 0;
  ssize_t got;
  while ((got = read(report[0], &reason, sizeof reason)) < 0 && errno == EINTR) {
  }
  close(report[0]);
  if (got == sizeof reason) {
    close(out[0]);
    waitpid(pid, nullptr, 0);
    return Failure{options.command[0] + " cannot be started: " + strerror(reason)};
  }
  fcntl(out[0], F_SETFL, O_NONBLOCK);
  kill_on_interrupt(pid);
  return Child(pid, out[0]);
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::exchange(other.output_, -1)),
      status_(other.status_),
      pending_(std::move(other.pending_)) {}

Child::~Child() {
  if (pid_ > 0) stop();
  if (output_ >= 0) close(output_);
}

Outcome<std::string> Child::read_line(Milliseconds limit) {
  const Clock::time_point deadline = Clock::now() + limit;
  while (true) {
    if (const size_t end = pending_.find('\n'); end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return line;
    }
    if (pending_.size() > kLineLimit) return Failure{"a line of its output has no end"};
    std::array<char, 4096> buffer;
    const ssize_t got = read(output_, buffer.data(), buffer.size());
    if (got > 0) {
      pending_.append(buffer.data(), static_cast<size_t>(got));
      continue;
    }
    if (got == 0) return Failure{"it ended: " + describe_end(stop(Milliseconds(1000)))};
    if (errno != EAGAIN && errno != EINTR) return Failure{strerror(errno)};
    if (interrupted()) return Failure{"interrupted"};
    const int left = milliseconds_left(deadline);
    if (left == 0) return Failure{"no answer for " + std::to_string(limit.count()) + " ms"};
    pollfd waits[] = {{output_, POLLIN, 0}, {interrupt_descriptor(), POLLIN, 0}};
    poll(waits, 2, left);
  }
}

std::optional<int> Child::ended() {
  if (!status_ && pid_ > 0) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      forget_on_interrupt(pid_);
      status_ = status;
    }
  }
  return status_;
}

int Child::terminate(Milliseconds limit) {
  if (!ended()) kill(pid_, SIGTERM);
  return stop(limit);
}

int Child::stop(Milliseconds limit) {
  const Clock::time_point deadline = Clock::now() + limit;
  while (!ended() && Clock::now() < deadline && !interrupted()) poll(nullptr, 0, 2);
  // Grandchildren share the group, so it is killed even when the child itself has ended.
  kill(-pid_, SIGKILL);
  if (!status_) {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    forget_on_interrupt(pid_);
    status_ = status;
  }
  return *status_;
}

Outcome<Finished> run(const std::vector<std::string>& command, Milliseconds limit) {
  const Clock::time_point deadline = Clock::now() + limit;
  Child child = TRY(Child::start({.command = command, .join_stderr = true}));
  Finished result;
  while (true) {
    std::array<char, 4096> buffer;
    const ssize_t got = read(child.output(), buffer.data(), buffer.size());
    if (got > 0) {
      result.output.append(buffer.data(), static_cast<size_t>(got));
      if (result.output.size() > 2 * kOutputKept)
        result.output.erase(0, result.output.size() - kOutputKept);
      continue;
    }
    if (got == 0) break;
    if (interrupted()) return Failure{command[0] + ": interrupted"};
    const int left = milliseconds_left(deadline);
    if (left == 0)
      return Failure{command[0] + ": not done after " + std::to_string(limit.count()) +
                     " ms; stopped"};
    pollfd waits[] = {{child.output(), POLLIN, 0}, {interrupt_descriptor(), POLLIN, 0}};
    poll(waits, 2, left);
  }
  if (result.output.size() > kOutputKept)
    result.output.erase(0, result.output.size() - kOutputKept);
  const int status =
      child.stop(std::max(Milliseconds(milliseconds_left(deadline)), Milliseconds(1)));
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace probes::process
