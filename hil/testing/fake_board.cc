// A board that is nothing but a control socket and a script of what it says, for the runner's
// tests. It speaks the virtual board's protocol (docs/virtual-board.md) and can misbehave on
// demand.
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/samples.h"
#include "base/trace_lines.h"
#include "probes/console/text.h"

namespace {

using Json = nlohmann::json;

constexpr int64_t kMillisecond = 1'000'000'000;
constexpr int64_t kSamples = 200;

class FakeBoard {
 public:
  explicit FakeBoard(std::string behaviour) : behaviour_(std::move(behaviour)) {}

  /// The answer to one request; empty: none.
  std::string answer(const std::string& line) {
    const Json request = Json::parse(line);
    const std::string what = request.at("do");
    Json reply = {{"ok", true}};
    if (what == "power") {
      power(request.at("on"));
    } else if (what == "reset") {
      power(true);
    } else if (what == "run") {
      if (behaviour_ == "hang" && time_ > 0) pause();
      if (behaviour_ == "garbage" && time_ > 0) return "what?";
      reply["reason"] = run(request.at("for_ps"), request.at("until") == "console");
    } else if (what == "console_read") {
      reply["chunks"] = output_;
      output_.clear();
    } else if (what == "console_write") {
      typed(probes::console::from_base64(request.at("text_b64").get<std::string>()));
    } else if (what == "caches") {
      caches_ = request.at("model");
    } else if (what == "quit") {
      quit_ = true;
    } else if (what != "mode" && what != "grant" && what != "status") {
      reply = {{"ok", false}, {"error", "unknown request"}};
    }
    reply["time_ps"] = time_;
    return reply.dump();
  }
  bool quit() const { return quit_; }

 private:
  void power(bool on) {
    if (on && !on_) time_ = 0;
    on_ = on;
    events_.clear();
    if (!on) return;
    say(10, "boot: fake\r\n");
    if (behaviour_ == "refuse") return say(20, "boot: REFUSED: unknown key\r\n");
    say(100, "kernel: ready, 5 processes\r\n");
    if (behaviour_ == "prompt") say(150, "login: ");
    if (behaviour_ == "flood")
      for (int64_t at = 200; at < 400; ++at) say(at, std::string(60'000, 'x') + "\r\n");
    if (behaviour_ == "bytes") say(150, "\xff\x1b[2J\x01 caf\xc3\xa9\r\n");
  }

  void say(int64_t milliseconds, const std::string& text) {
    events_.emplace(time_ + milliseconds * kMillisecond, text);
  }

  std::string run(int64_t length, bool until_console) {
    if (!on_) return "off";
    const int64_t end = time_ + length;
    if (until_console && !output_.empty()) return "console";
    while (!events_.empty() && events_.begin()->first <= end) {
      time_ = events_.begin()->first;
      output_.push_back(
          {{"time_ps", time_}, {"text_b64", probes::console::base64(events_.begin()->second)}});
      events_.erase(events_.begin());
      if (until_console) return "console";
    }
    time_ = end;
    return "time";
  }

  void typed(const std::string& text) {
    if (text == "ping\n" && behaviour_ == "die") raise(SIGKILL);
    if (text == "ping\n") say(1, "probe: pong\r\n");
    if (text == "sleep\n") sleep(30);
    if (text == "bench\n") bench();
    if (text == "trace start\n")
      say(1, behaviour_ == "lose" ? "hm\r\n" : "probe: trace started\r\n");
    if (text == "trace stop\n") say(1, "probe: trace failed, error 0x00010102\r\n");
    if (text == "trace dump\n") trace();
  }

  /// Two threads that take turns.
  void trace() {
    namespace lines = base::trace_lines;
    int64_t at = 1;
    const auto put = [&](auto write) {
      std::string line(200, '\0');
      line.resize(write(std::span<char>(line)).characters);
      if (behaviour_ == "corrupt" && at == 5) line[30] ^= 1;
      if (behaviour_ == "lose" && at++ == 5) return;
      say(at++, line + "\r\n");
    };
    for (uint32_t thread : {3u, 4u})
      put([&](std::span<char> out) {
        return lines::write_name(out, lines::Named::kThread, thread, thread, "worker");
      });
    for (uint32_t i = 0; i < 30; ++i) {
      const std::array events{
          lines::Event{.time_ns = 1000 * i, .thread = static_cast<uint16_t>(3 + i % 2), .kind = 1}};
      put([&](std::span<char> out) {
        return lines::write_events(out, i, std::span<const lines::Event>(events));
      });
    }
    put([&](std::span<char> out) { return lines::write_end(out, 30, 2); });
  }

  void bench() {
    int64_t at = 1;
    for (const char* name : {"kernel/null_call", "kernel/context_switch"}) {
      for (uint32_t first = 0; first < kSamples; first += 10) {
        std::vector<uint32_t> values;
        for (uint32_t i = 0; i < 10; ++i)
          values.push_back((caches_ ? 1300 : 300) + (first + i) % 50);
        std::string line(300, '\0');
        line.resize(base::samples::write_values(line, name, "insn", first, values).characters);
        if (behaviour_ == "corrupt" && first == 50) line[30] ^= 1;
        if (behaviour_ == "lose" && first == 50) continue;
        say(at++, line + "\r\n");
      }
      std::string line(100, '\0');
      line.resize(base::samples::write_end(line, name, "insn", kSamples).characters);
      say(at++, line + "\r\n");
    }
    say(at, "bench: done\r\n");
  }

  std::string behaviour_;
  bool on_ = false, quit_ = false, caches_ = false;
  int64_t time_ = 0;
  std::multimap<int64_t, std::string> events_;
  std::vector<Json> output_;
};

int serve(const std::string& path, FakeBoard& board) {
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  unlink(path.c_str());
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 1) != 0) {
    perror(path.c_str());
    return 75;
  }
  printf("%s\n", Json{{"ready", true}, {"control", path}}.dump().c_str());
  fflush(stdout);
  const int client = accept(listener, nullptr, nullptr);
  std::string pending;
  while (!board.quit()) {
    char buffer[4096];
    const ssize_t got = read(client, buffer, sizeof buffer);
    if (got <= 0) return 0;
    pending.append(buffer, static_cast<size_t>(got));
    for (size_t end; (end = pending.find('\n')) != std::string::npos; pending.erase(0, end + 1)) {
      const std::string reply = board.answer(pending.substr(0, end)) + "\n";
      if (write(client, reply.data(), reply.size()) < 0) return 0;
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> options;
  for (int i = 1; i + 1 < argc; i += 2) options[argv[i]] = argv[i + 1];
  const std::string state = options["--state"], behaviour = options["--behave"];
  std::ofstream(state + "/pid") << getpid() << "\n";
  if (behaviour == "refuse-to-start") {
    fprintf(stderr, "fake board: no such model\n");
    return 2;
  }
  if (behaviour == "never-ready") pause();
  FakeBoard board(behaviour);
  return serve(state + "/control.sock", board);
}
