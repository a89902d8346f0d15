// A bench, opened: the ports that it has, and a way to leave it safe.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "hil/board/board.h"
#include "hil/board/lock.h"
#include "hil/run/rig.h"
#include "probes/console/console.h"

namespace hil::run {

class Bench {
 public:
  virtual ~Bench() = default;

  /// What steps get. The pointers are good as long as the bench is.
  virtual Rig rig() = 0;
  /// The Port bits of what it has.
  unsigned ports();
  /// Why it lacks a port: "the bench file names no debug probe".
  virtual std::string why_not(script::Port port) const = 0;

  /// Switches the board off. After an interrupt or a failure it tries all the same.
  virtual probes::Outcome<void> make_safe() = 0;
};

struct VirtualOptions {
  std::filesystem::path state{};  ///< folder that keeps the card; empty: a fresh one, removed after
  std::filesystem::path logs{};   ///< folder for what the board's process and OpenOCD say
  uint64_t seed = 1;
  bool caches = false;    ///< cycles count what caches and TLBs cost, from the start
  std::string purpose{};  ///< what others read of us while we hold the lock
};

/// Starts the board's process, in stepped mode, supply off. Fails when it does not come up or the
/// state folder is locked.
probes::Outcome<std::unique_ptr<Bench>> open_virtual(const board::Board& board,
                                                     const VirtualOptions& options,
                                                     probes::console::Sink* sink);

struct QemuOptions {
  std::filesystem::path logs{};  ///< folder for what QEMU says
  uint64_t seed = 1;
  std::vector<std::string> arguments{};  ///< more of QEMU's own, behind all others
};

/// A bench that starts QEMU when the supply comes on and ends it when it goes off. The image that
/// was flashed is in the machine's memory whenever it starts. Fails when QEMU is not installed.
probes::Outcome<std::unique_ptr<Bench>> open_qemu(const board::Board& board,
                                                  const QemuOptions& options,
                                                  probes::console::Sink* sink);

/// Opens what the bench file names, supply off, console capture running. Fails when any of it is
/// missing, or when someone else holds the bench.
probes::Outcome<std::unique_ptr<Bench>> open_silicon(const board::Board& board,
                                                     const board::Bench& wiring,
                                                     const std::filesystem::path& logs,
                                                     const std::string& purpose,
                                                     probes::console::Sink* sink);

/// The command line that serves the virtual board in `state`.
std::vector<std::string> server_command(const board::Board& board,
                                        const std::filesystem::path& state, uint64_t seed);

}  // namespace hil::run
