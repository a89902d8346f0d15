#include "probes/openocd/rpc.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "probes/process/interrupt.h"

namespace probes::openocd {
namespace {

constexpr char kEnd = '\x1a';
constexpr size_t kLongest = 64u << 20;

}  // namespace

Outcome<Rpc> Rpc::connect(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  name.sin_port = htons(port);
  if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) {
    const std::string why = std::strerror(errno);
    if (fd >= 0) close(fd);
    return Failure{"cannot connect to port " + std::to_string(port) + ": " + why};
  }
  const int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return Rpc(fd);
}

Rpc::Rpc(Rpc&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_)) {}

Rpc::~Rpc() {
  if (fd_ >= 0) close(fd_);
}

// kAnswered: go on.
Rpc::End Rpc::wait(short events, Instant deadline) {
  for (;;) {
    if (process::interrupted()) return End::kInterrupted;
    const auto left =
        std::chrono::ceil<Milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) return End::kLate;
    pollfd waits[] = {{fd_, events, 0}, {process::interrupt_descriptor(), POLLIN, 0}};
    poll(waits, 2, static_cast<int>(std::min<int64_t>(left, 60'000)));
    if (waits[0].revents) return End::kAnswered;
  }
}

Rpc::End Rpc::send_all(std::string_view bytes, Instant deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
      if (const End end = wait(POLLOUT, deadline); end != End::kAnswered) return end;
    } else {
      return End::kClosed;
    }
  }
  return End::kAnswered;
}

Rpc::Answer Rpc::call(std::string_view command, Milliseconds limit) {
  const Instant deadline = std::chrono::steady_clock::now() + limit;
  if (const End end = send_all(std::string(command) + kEnd, deadline); end != End::kAnswered)
    return {end};
  std::array<char, 16384> buffer;
  size_t searched = 0;
  for (;;) {
    if (const size_t end = received_.find(kEnd, searched); end != std::string::npos) {
      Answer answer{End::kAnswered, received_.substr(0, end)};
      received_.erase(0, end + 1);
      return answer;
    }
    searched = received_.size();
    if (searched > kLongest) return {End::kTooLong};
    if (const End end = wait(POLLIN, deadline); end != End::kAnswered) return {end};
    const ssize_t got = recv(fd_, buffer.data(), buffer.size(), 0);
    if (got > 0) {
      received_.append(buffer.data(), static_cast<size_t>(got));
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      return {End::kClosed};
    }
  }
}

}  // namespace probes::openocd
