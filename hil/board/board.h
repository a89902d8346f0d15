// Boards and benches as their YAML files describe them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hil/script/kind.h"

namespace hil::board {

/// What stands in bringup/boards/<name>.yaml.
struct Board {
  std::filesystem::path file{};
  std::string name{}, about{}, soc{};
  std::vector<script::BoardFacts::Memory> memories{};
  uint64_t flash_size = 0;  ///< of silicon; a virtual board's card may be smaller
  std::string flash_kind{};
  unsigned baud = 115200;
  std::string openocd_target{}, openocd_core{}, openocd_dap{};  ///< empty: no debug access
  std::string ddr_applet{}, flash_applet{};                     ///< file names
  probes::BoardTime watchdog{};  ///< wall time without an answer after which the bench has failed
  uint64_t console_limit = 0;    ///< bytes of output in one run beyond which it is a flood

  struct Virtual {
    std::string model{};
    std::string adapter{};
    uint64_t card_size = 0;
    std::vector<std::string> program{};  ///< another server than our own, with its arguments
  };
  std::optional<Virtual> virtual_board{};

  /// The board as a machine of QEMU's.
  struct Qemu {
    std::string machine{};
    uint64_t memory = 0;        ///< bytes of RAM
    uint64_t load_at = 0;       ///< where in it an image goes
    std::string loader{};       ///< program that starts the image, in the device build
    unsigned icount_shift = 0;  ///< an instruction takes 2^this nanoseconds
    std::string program{};
  };
  std::optional<Qemu> qemu{};
};

/// How one piece of silicon is wired up: a bench file.
struct Bench {
  std::filesystem::path file{};
  std::string name{}, board{};
  std::string probe{}, probe_serial{};  ///< empty: no debug probe
  std::string console{};                ///< serial device; empty: none
  std::string power_on{}, power_off{};  ///< command lines; empty: the supply cannot be switched
  probes::BoardTime power_limit{};
};

template <class T>
struct Loaded {
  std::optional<T> value{};
  std::vector<script::Problem> problems{};
};

/// By name, looked up in board_folders(), or by path.
Loaded<Board> load_board(const std::string& name_or_path);
Loaded<Bench> load_bench(const std::filesystem::path& file);

/// Every board file that can be found: name and path.
struct Found {
  std::string name{};
  std::filesystem::path file{};
};
std::vector<Found> find_boards();

/// Where images that were built for this board lie.
std::filesystem::path artifacts(const Board& board);

/// What a script may know of the board on this backend.
script::BoardFacts facts_of(const Board& board, bool silicon);

/// The declarations of both files, for the reference.
std::span<const script::Argument> board_keys();
std::span<const script::Argument> bench_keys();

}  // namespace hil::board
