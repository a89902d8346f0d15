#include "probes/console/serial.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "probes/process/interrupt.h"

namespace probes::console {
namespace {

struct Rate {
  unsigned baud;
  speed_t code;
};
constexpr Rate kRates[] = {{9600, B9600},       {19200, B19200},     {38400, B38400},
                           {57600, B57600},     {115200, B115200},   {230400, B230400},
                           {460800, B460800},   {921600, B921600},   {1000000, B1000000},
                           {1500000, B1500000}, {2000000, B2000000}, {3000000, B3000000}};

constexpr Milliseconds kSendLimit{5000};

std::string open_failure(const std::string& device, int reason) {
  std::string text = "serial port " + device + ": " + strerror(reason);
  if (reason == ENOENT)
    text += "; is the adapter plugged in? Boards are found by /dev/serial/by-id";
  if (reason == EACCES) text += "; add yourself to its group: sudo usermod -aG dialout $USER";
  if (reason == EBUSY) text += "; another program holds it";
  return text;
}

}  // namespace

Outcome<std::unique_ptr<SerialPort>> SerialPort::open(const std::string& device, unsigned baud) {
  const auto rate =
      std::find_if(std::begin(kRates), std::end(kRates), [&](Rate r) { return r.baud == baud; });
  if (rate == std::end(kRates))
    return Failure{"serial port " + device + ": " + std::to_string(baud) +
                   " Bd is not a standard rate; 115200 Bd is usual"};
  const int descriptor = ::open(device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return Failure{open_failure(device, errno)};
  std::unique_ptr<SerialPort> port(new SerialPort(device, descriptor));
  termios settings{};
  if (tcgetattr(descriptor, &settings) != 0) return Failure{open_failure(device, errno)};
  cfmakeraw(&settings);
  settings.c_cflag |= CLOCAL | CREAD;
  settings.c_cflag &= ~static_cast<tcflag_t>(CSTOPB | CRTSCTS);
  cfsetspeed(&settings, rate->code);
  if (tcsetattr(descriptor, TCSANOW, &settings) != 0 || ioctl(descriptor, TIOCEXCL) != 0)
    return Failure{open_failure(device, errno)};
  tcflush(descriptor, TCIOFLUSH);
  return port;
}

SerialPort::~SerialPort() {
  ioctl(descriptor_, TIOCNXCL);
  close(descriptor_);
}

Outcome<Received> SerialPort::receive(BoardTime limit) {
  const BoardTime deadline = now() + limit;
  while (true) {
    std::array<char, 16384> buffer;
    const BoardTime time = now();
    const ssize_t got = read(descriptor_, buffer.data(), buffer.size());
    if (got > 0)
      return Received{{{time, std::string(buffer.data(), static_cast<size_t>(got))}}, {}};
    if (got == 0 || (errno != EAGAIN && errno != EINTR))
      return Failure{"serial port " + device_ + " went away" +
                     (got < 0 ? std::string(": ") + strerror(errno) : "")};
    if (process::interrupted()) return Failure{"interrupted"};
    const auto left = std::chrono::ceil<Milliseconds>(deadline - now()).count();
    if (left <= 0) return Received{};
    pollfd waits[] = {{descriptor_, POLLIN, 0}, {process::interrupt_descriptor(), POLLIN, 0}};
    poll(waits, 2, static_cast<int>(std::min<int64_t>(left, 60'000)));
  }
}

Outcome<void> SerialPort::send(std::string_view bytes) {
  const auto deadline = std::chrono::steady_clock::now() + kSendLimit;
  while (!bytes.empty()) {
    const ssize_t put = write(descriptor_, bytes.data(), bytes.size());
    if (put > 0) {
      bytes.remove_prefix(static_cast<size_t>(put));
      continue;
    }
    if (put < 0 && errno != EAGAIN && errno != EINTR)
      return Failure{"serial port " + device_ + " went away: " + strerror(errno)};
    if (process::interrupted()) return Failure{"interrupted"};
    if (std::chrono::steady_clock::now() >= deadline)
      return Failure{"serial port " + device_ + " takes no bytes"};
    pollfd waits[] = {{descriptor_, POLLOUT, 0}, {process::interrupt_descriptor(), POLLIN, 0}};
    poll(waits, 2, 100);
  }
  return {};
}

BoardTime SerialPort::now() const {
  return std::chrono::duration_cast<BoardTime>(std::chrono::steady_clock::now() - opened_);
}

}  // namespace probes::console
