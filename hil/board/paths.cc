#include "hil/board/paths.h"

#include <stdlib.h>
#include <unistd.h>

namespace hil::board {
namespace {

std::filesystem::path environment(const char* name) {
  const char* value = getenv(name);
  return value && *value == '/' ? value : "";
}

}  // namespace

std::filesystem::path source_root() {
  return TOUCHSTONE_ROOT;
}
std::filesystem::path device_build() {
  return source_root() / "build" / "device";
}
std::filesystem::path artifacts() {
  return device_build() / "images";
}
std::filesystem::path applets() {
  return device_build() / "bringup" / "applets";
}

std::filesystem::path cache() {
  if (const auto folder = environment("XDG_CACHE_HOME"); !folder.empty())
    return folder / "touchstone";
  if (const auto home = environment("HOME"); !home.empty()) return home / ".cache" / "touchstone";
  return std::filesystem::temp_directory_path() / ("touchstone-" + std::to_string(getuid()));
}

std::filesystem::path lock_folder() {
  if (const auto folder = environment("XDG_RUNTIME_DIR"); !folder.empty())
    return folder / "touchstone";
  return cache() / "locks";
}

std::filesystem::path default_state(const std::string& board) {
  return cache() / "boards" / board;
}

std::vector<std::filesystem::path> board_folders() {
  return {source_root() / "bringup" / "boards", "bringup/boards"};
}

}  // namespace hil::board
