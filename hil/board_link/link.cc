#include "hil/board_link/link.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "probes/console/text.h"
#include "probes/process/interrupt.h"

namespace hil::board_link {
namespace {

using Json = nlohmann::json;
using probes::Failure;
using Clock = std::chrono::steady_clock;

/// Longer than any answer: the board keeps at most 8 MiB of console output.
constexpr size_t kAnswerLimit = 64u << 20;

constexpr const char* kDied = "the virtual board's process died";

}  // namespace

Outcome<std::unique_ptr<Link>> Link::connect(const std::filesystem::path& socket_path,
                                             probes::Milliseconds watchdog) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = socket_path.string();
  if (path.size() >= sizeof address.sun_path)
    return Failure{"control socket " + path + ": the path is too long; use a shorter --state"};
  memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return Failure{std::string("socket: ") + strerror(errno)};
  std::unique_ptr<Link> link(new Link(descriptor, watchdog));
  if (::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return Failure{"control socket " + path + ": " + strerror(errno)};
  return link;
}

Link::~Link() {
  close(descriptor_);
}

Outcome<std::string> Link::exchange(const std::string& line) {
  const Clock::time_point deadline = Clock::now() + watchdog_;
  std::string_view rest = line;
  while (true) {
    if (rest.empty()) {
      if (const size_t end = pending_.find('\n'); end != std::string::npos) {
        std::string answer = pending_.substr(0, end);
        pending_.erase(0, end + 1);
        return answer;
      }
      if (pending_.size() > kAnswerLimit)
        return Failure{"the virtual board's answer has no end; it is not one of ours"};
    }
    if (probes::process::interrupted()) return Failure{"interrupted"};
    const auto left = std::chrono::ceil<probes::Milliseconds>(deadline - Clock::now()).count();
    if (left <= 0)
      return Failure{"the virtual board hangs: no answer for " + std::to_string(watchdog_.count()) +
                     " ms to " + line.substr(0, std::min<size_t>(line.size() - 1, 120))};
    const short events = rest.empty() ? POLLIN : POLLIN | POLLOUT;
    pollfd waits[] = {{descriptor_, events, 0},
                      {probes::process::interrupt_descriptor(), POLLIN, 0}};
    poll(waits, 2, static_cast<int>(std::min<int64_t>(left, 60'000)));
    if (!rest.empty() && (waits[0].revents & POLLOUT)) {
      const ssize_t put = send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (put < 0 && errno != EAGAIN && errno != EINTR) return Failure{kDied};
      if (put > 0) rest.remove_prefix(static_cast<size_t>(put));
    }
    if (waits[0].revents & (POLLIN | POLLHUP | POLLERR)) {
      std::array<char, 65536> buffer;
      const ssize_t got = recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return Failure{kDied};
      if (got > 0) pending_.append(buffer.data(), static_cast<size_t>(got));
    }
  }
}

Outcome<Json> Link::ask(const Json& request) {
  const std::string line = request.dump();
  const std::string answer = TRY(exchange(line + "\n"));
  Json json = Json::parse(answer, nullptr, false);
  if (!json.is_object() || !json.contains("ok") || !json["ok"].is_boolean())
    return Failure{"the virtual board's answer is not understood: " +
                   probes::console::printable(answer.substr(0, 200))};
  if (!json["ok"].get<bool>())
    return Failure{"the virtual board refuses " + line.substr(0, 120) + ": " +
                   json.value("error", Json("no reason given")).dump()};
  if (json.contains("time_ps") && json["time_ps"].is_number_integer()) {
    const BoardTime raw(json["time_ps"].get<int64_t>());
    if (raw < raw_) base_ += raw_;  // power came on: the board counts from zero again
    raw_ = raw;
  }
  return json;
}

Outcome<void> Link::power(bool on) {
  TRY(ask({{"do", "power"}, {"on", on}}));
  return {};
}

Outcome<void> Link::reset() {
  TRY(ask({{"do", "reset"}}));
  return {};
}

Outcome<void> Link::stepped(bool stepped) {
  TRY(ask({{"do", "mode"}, {"mode", stepped ? "stepped" : "free"}}));
  return {};
}

Outcome<void> Link::count_caches() {
  TRY(ask({{"do", "caches"}, {"model", true}}));
  return {};
}

Outcome<Ended> Link::run(BoardTime limit, bool until_console) {
  const Json answer =
      TRY(ask({{"do", "run"},
               {"for_ps", static_cast<uint64_t>(std::max<int64_t>(limit.count(), 0))},
               {"until", until_console ? "console" : "time"}}));
  const Json& reason = answer.value("reason", Json());
  if (reason == "time") return Ended::kTime;
  if (reason == "console") return Ended::kConsole;
  if (reason == "halt") return Ended::kHalted;
  if (reason == "off") return Ended::kOff;
  return Failure{"the virtual board ended a run for no reason that is known: " + reason.dump()};
}

Outcome<void> Link::grant(BoardTime amount) {
  TRY(ask({{"do", "grant"}, {"for_ps", static_cast<uint64_t>(amount.count())}}));
  return {};
}

Outcome<std::vector<probes::console::Chunk>> Link::console_read() {
  const Json answer = TRY(ask({{"do", "console_read"}}));
  std::vector<probes::console::Chunk> chunks;
  const Json& list = answer.value("chunks", Json::array());
  for (const Json& chunk : list) {
    if (!chunk.is_object() || !chunk.contains("time_ps") || !chunk["time_ps"].is_number_integer() ||
        !chunk.contains("text_b64") || !chunk["text_b64"].is_string())
      return Failure{"the virtual board's console output is not understood"};
    chunks.push_back({base_ + BoardTime(chunk["time_ps"].get<int64_t>()),
                      probes::console::from_base64(chunk["text_b64"].get<std::string>())});
  }
  const Json& dropped = answer.value("dropped", Json(0));
  if (dropped.is_number_integer() && dropped.get<int64_t>() > 0)
    return Failure{"the console floods: the virtual board dropped " + dropped.dump() +
                   " bytes of output that came faster than they were read"};
  return chunks;
}

Outcome<void> Link::console_write(std::string_view bytes) {
  TRY(ask({{"do", "console_write"}, {"text_b64", probes::console::base64(bytes)}}));
  return {};
}

Outcome<BoardStatus> Link::status() {
  const Json answer = TRY(ask({{"do", "status"}}));
  const auto number = [&](const char* name) {
    const auto found = answer.find(name);
    return found != answer.end() && found->is_number_integer() ? found->get<uint64_t>() : 0;
  };
  return BoardStatus{.powered = answer.value("power", Json(false)) == true,
                     .halted = answer.value("halted", Json(false)) == true,
                     .pc = static_cast<uint32_t>(number("pc")),
                     .retired = number("retired"),
                     .cycles = number("cycles")};
}

Outcome<void> Link::quit() {
  TRY(ask({{"do", "quit"}}));
  return {};
}

}  // namespace hil::board_link
