#include "hil/cmd/terminal.h"

#include <poll.h>
#include <unistd.h>

#include <array>

#include "probes/process/interrupt.h"

namespace hil::cmd {

Terminal::Terminal() {
  termios settings{};
  if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &settings) != 0) return;
  saved_ = settings;
  cfmakeraw(&settings);
  tcsetattr(STDIN_FILENO, TCSANOW, &settings);
}

Terminal::~Terminal() {
  if (saved_) tcsetattr(STDIN_FILENO, TCSANOW, &*saved_);
}

std::optional<std::string> Terminal::read(int milliseconds) {
  pollfd waits[] = {{STDIN_FILENO, POLLIN, 0},
                    {probes::process::interrupt_descriptor(), POLLIN, 0}};
  if (poll(waits, 2, milliseconds) <= 0 || !(waits[0].revents & (POLLIN | POLLHUP))) return "";
  std::array<char, 4096> buffer;
  const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
  if (got <= 0) return std::nullopt;
  return std::string(buffer.data(), static_cast<size_t>(got));
}

void Terminal::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (put <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(put));
  }
}

}  // namespace hil::cmd
