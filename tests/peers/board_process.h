// The virtual board `prime` as a process of its own, in stepped mode, and its control socket.
#pragma once

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "fixtures/board/server.h"
#include "probes/openocd/openocd.h"
#include "probes/time_grant.h"

namespace tests::peers {

/// OpenOCD at the probe of the board whose state is in `folder`.
inline probes::Outcome<std::unique_ptr<probes::openocd::OpenOcd>> open_probe(
    const std::filesystem::path& folder) {
  probes::openocd::Config config;
  config.adapter = probes::openocd::virtual_buspirate((folder / "probe").string());
  config.idle_clocks = 0;
  config.log = folder / "openocd.log";
  return probes::openocd::OpenOcd::start(config);
}

class BoardProcess : public probes::TimeGrant {
 public:
  BoardProcess(const std::filesystem::path& state, uint64_t card_bytes, uint64_t seed = 1) {
    int ready[2];
    if (pipe(ready) != 0) return;
    std::fflush(stdout);  // or the child would say it again
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ready[1], STDOUT_FILENO);
      _exit(fixtures::board::run_board(
          {.state = state, .emmc_bytes = card_bytes, .seed = seed, .stepped = true}));
    }
    close(ready[1]);
    char first = 0;
    up_ = read(ready[0], &first, 1) == 1 && first == '{';
    close(ready[0]);
    socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    (state / "control.sock").string().copy(name.sun_path, sizeof name.sun_path - 1);
    up_ = up_ && connect(socket_, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
  }
  ~BoardProcess() override {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    if (socket_ >= 0) close(socket_);
  }
  bool up() const { return up_; }
  std::string ask(const std::string& request) {
    const std::string line = request + "\n";
    if (write(socket_, line.data(), line.size()) < 0) return {};
    std::string answer;
    for (char c = 0; read(socket_, &c, 1) == 1 && c != '\n';) answer += c;
    return answer;
  }
  probes::Outcome<void> grant(probes::BoardTime amount) override {
    const std::string answer =
        ask(R"({"do":"grant","for_ps":)" + std::to_string(amount.count()) + "}");
    if (answer.find(R"("ok":true)") == std::string::npos) return probes::Failure{answer};
    return {};
  }

 private:
  pid_t pid_ = -1;
  int socket_ = -1;
  bool up_ = false;
};

}  // namespace tests::peers
