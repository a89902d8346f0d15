// For tests: a stand-in for OpenOCD that misbehaves as FAKE_MODE says. It announces a TCL port like
// the real one and answers commands in the rig's wrapper.
//
//   good            answers every command with "0\nok"; "refuse" with "1\nno such thing"
//   exit            ends with status 1 after an error line
//   mute            never announces a port
//   hang            answers `version`, then nothing, and ignores SIGTERM
//   die             answers `version`, then aborts in the middle of the next answer
//   garbage         answers `version`, then bytes that are no answer
//   endless         answers `version`, then never stops sending
//   grandchild      as `hang`, and leaves a child of its own behind
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

void say(int fd, const std::string& text) {
  if (write(fd, text.data(), text.size()) < 0) _exit(0);
}

std::string next_command(int fd) {
  std::string text;
  char c = 0;
  while (read(fd, &c, 1) == 1)
    if (c == '\x1a')
      return text;
    else
      text += c;
  _exit(0);
}

[[noreturn]] void misbehave(int fd, const std::string& mode) {
  if (mode == "die") {
    say(fd, "0\nhalf an ans");
    std::fprintf(stderr, "openocd: remote_bitbang.c:337: assertion failed\n");
    signal(SIGABRT, SIG_DFL);
    abort();
  }
  if (mode == "endless")
    for (const std::string block(65536, 'x');;) say(fd, block);
  if (mode == "garbage") say(fd, "\x01\x02 what?\x1a");
  for (;;) pause();
}

}  // namespace

int main() {
  const char* const wanted = std::getenv("FAKE_MODE");
  const std::string mode = wanted ? wanted : "good";
  signal(SIGTERM, SIG_IGN);
  std::fprintf(stderr, "Open On-Chip Debugger 0.12.0\n");
  if (mode == "exit") {
    std::fprintf(stderr, "Error: Could not open serial port\n");
    return 1;
  }
  if (mode == "mute")
    for (;;) pause();
  if (mode == "grandchild" && fork() == 0)
    for (;;) pause();

  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  if (bind(listener, reinterpret_cast<sockaddr*>(&name), size) != 0 || listen(listener, 1) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&name), &size) != 0)
    return 2;
  std::fprintf(stderr, "Info : Listening on port %u for tcl connections\n", ntohs(name.sin_port));
  std::fprintf(stderr, "Info : Listening on port 4242 for gdb connections\n");
  const int peer = accept(listener, nullptr, nullptr);
  next_command(peer);
  say(peer, "0\nOpen On-Chip Debugger\x1a");
  for (;;) {
    const std::string command = next_command(peer);
    if (command == "shutdown") return 0;
    if (mode != "good") misbehave(peer, mode);
    say(peer, command.find("refuse") != std::string::npos ? "1\nno such thing\x1a" : "0\nok\x1a");
  }
}
