// The handler touches atomics and async-signal-safe calls only.
#include "probes/process/interrupt.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>

#include "base/result.h"

namespace probes::process {
namespace {

std::atomic<int> last_signal{0};
std::atomic<int> signal_count{0};
std::array<int, 2> wake_pipe{-1, -1};
std::array<std::atomic<pid_t>, 64> groups{};

void handle(int signal) {
  const int saved = errno;
  last_signal = signal;
  for (auto& group : groups)
    if (const pid_t pid = group.load(); pid > 0) kill(-pid, SIGKILL);
  if (++signal_count >= 3) _exit(130);
  [[maybe_unused]] const ssize_t n = write(wake_pipe[1], "!", 1);
  errno = saved;
}

}  // namespace

void watch_interrupts() {
  if (wake_pipe[0] >= 0) return;
  base::require(pipe2(wake_pipe.data(), O_CLOEXEC | O_NONBLOCK) == 0);
  struct sigaction action {};
  action.sa_handler = handle;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
  action.sa_handler = SIG_IGN;
  for (const int signal : {SIGPIPE, SIGXFSZ}) sigaction(signal, &action, nullptr);
}

bool interrupted() {
  return last_signal != 0;
}
int interrupt_signal() {
  return last_signal;
}
int interrupt_descriptor() {
  return wake_pipe[0];
}

void kill_on_interrupt(pid_t group) {
  for (auto& slot : groups) {
    pid_t empty = 0;
    if (slot.compare_exchange_strong(empty, group)) {
      // The signal may have come between the child's start and this line.
      if (interrupted()) kill(-group, SIGKILL);
      return;
    }
  }
  base::require(false);
}

void forget_on_interrupt(pid_t group) {
  for (auto& slot : groups) {
    pid_t expected = group;
    if (slot.compare_exchange_strong(expected, 0)) return;
  }
}

void clear_interrupt() {
  last_signal = 0;
  signal_count = 0;
  char byte;
  while (wake_pipe[0] >= 0 && read(wake_pipe[0], &byte, 1) == 1) {
  }
}

}  // namespace probes::process
