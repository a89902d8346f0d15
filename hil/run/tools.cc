#include "hil/run/tools.h"

#include "hil/board/paths.h"
#include "probes/process/child.h"

namespace hil::run {
namespace {

constexpr probes::Milliseconds kLimit{5000};

std::string first_line_of(const std::vector<std::string>& command) {
  auto done = probes::process::run(command, kLimit);
  if (!done || done->status != 0) return "";
  return done->output.substr(0, done->output.find('\n'));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> tool_versions() {
  std::vector<std::pair<std::string, std::string>> tools = {{"hil", kVersion}};
  const std::string commit = first_line_of({"git", "-C", board::source_root().string(), "describe",
                                            "--always", "--dirty", "--abbrev=12"});
  tools.emplace_back("commit", commit.empty() ? "unknown" : commit);
  tools.emplace_back("compiler", "g++ " __VERSION__);
  const std::string openocd = first_line_of({"openocd", "--version"});
  tools.emplace_back("openocd", openocd.empty() ? "not installed" : openocd);
  return tools;
}

}  // namespace hil::run
