// Where the rig finds and keeps things.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace hil::board {

/// The tree that this program was built from.
std::filesystem::path source_root();
/// Where the device build puts what it makes.
std::filesystem::path device_build();
/// Built disk images.
std::filesystem::path artifacts();
/// Built applets.
std::filesystem::path applets();

/// Where things are kept between runs: $XDG_CACHE_HOME/touchstone, or ~/.cache/touchstone.
std::filesystem::path cache();
/// Where locks lie: $XDG_RUNTIME_DIR/touchstone, or `locks` in the cache. The same for every
/// program of one user.
std::filesystem::path lock_folder();
/// The folder of the virtual board that people and `hil flash` use when they name none.
std::filesystem::path default_state(const std::string& board);

/// Folders that hold board files, in the order in which they are searched.
std::vector<std::filesystem::path> board_folders();

}  // namespace hil::board
