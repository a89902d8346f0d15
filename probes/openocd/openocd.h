// OpenOCD as a tool that the rig holds in its hand: a process of its own that is started, asked,
// watched and, when it dies or stops answering, put away with the reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "probes/failure.h"
#include "probes/openocd/adapter.h"
#include "probes/openocd/rpc.h"
#include "probes/process/child.h"
#include "probes/time.h"

namespace probes::openocd {

struct Config {
  Lines adapter{};                                     ///< see adapter.h
  std::string target_file = "target/at91sama5d2.cfg";  ///< OpenOCD's own, unmodified
  std::string target = "at91sama5d2.cpu_a5.0";         ///< what that file calls the core
  std::string dap = "at91sama5d2.dap";                 ///< and its debug access port
  Lines extra{};                                       ///< after the target file, before `init`
  /// Idle clock cycles after each debug bus access. The chip's debug bus needs some (OpenOCD's 80
  /// when absent); the virtual board's needs none, which makes transfers three times as fast.
  std::optional<unsigned> idle_clocks{};
  /// GDB server: absent: none; 0: a free port, see OpenOcd::gdb_port().
  std::optional<uint16_t> gdb_port{};
  std::filesystem::path log{};  ///< what OpenOCD says; the directory must exist
  std::vector<std::pair<std::string, std::string>> environment{};  ///< added to ours
  std::string program = "openocd";
  Milliseconds start_limit{20'000};
};

/// Failures of a command that OpenOCD refused leave it running. Failures of OpenOCD itself (it
/// died, did not answer in time, answered nonsense) end the process: alive() is false and only
/// restart() and shutdown() are of use. Not for several threads; and the thread that calls start()
/// or restart() must outlive the object, because the kernel kills OpenOCD when that thread ends.
class OpenOcd {
 public:
  static constexpr Milliseconds kLimit{5'000};

  /// Starts OpenOCD, opens the adapter and looks for the core. Fails, with OpenOCD's own last words
  /// and what they mean, if it is not installed, its configuration is wrong or the adapter is
  /// missing. A core that does not answer (no power, ROM running) is not a failure: see examine().
  static Outcome<std::unique_ptr<OpenOcd>> start(Config config);
  ~OpenOcd();
  OpenOcd(const OpenOcd&) = delete;

  /// Runs a TCL command; yields what it printed and returned. Fails with its error message.
  Outcome<std::string> command(std::string_view tcl, Milliseconds limit = kLimit);

  bool alive() const { return rpc_.has_value(); }
  /// Ends the process if it is alive, and starts it again with the same configuration.
  Outcome<void> restart();
  /// Asks it to end, then makes it. Called by the destructor.
  void shutdown();
  /// The port GDB connects to; 0 if there is no server.
  uint16_t gdb_port() const { return gdb_port_; }
  const Config& config() const { return config_; }

  // --- the core ---------------------------------------------------------------------------------
  /// Looks for the core again, after power or a reset changed what the probe sees.
  Outcome<void> examine(Milliseconds limit = kLimit);
  Outcome<bool> examined();
  /// "running", "halted", "reset" or "unknown", as of OpenOCD's last look.
  Outcome<std::string> state();
  /// Stops the core; examines it first if that has not been done.
  Outcome<void> halt(Milliseconds limit = kLimit);
  /// Lets it run on, or from `address`. Fails if it was not halted.
  Outcome<void> resume(std::optional<uint32_t> address = {});
  /// Waits until the core halts. On a board with virtual time that needs a grant.
  Outcome<void> wait_halted(Milliseconds limit);
  /// One instruction. Never on a branch to itself: it would not end and would leave a breakpoint
  /// armed that OpenOCD has forgotten; restart() is the way out.
  Outcome<void> step();
  /// Resets the board and stops the core as early as the probe can. JTAG is off during the boot
  /// ROM, so that is somewhere after it.
  Outcome<void> reset_halt(Milliseconds limit = Milliseconds(10'000));
  Outcome<void> reset_run(Milliseconds limit = Milliseconds(10'000));

  Outcome<uint32_t> reg(std::string_view name);
  Outcome<void> set_reg(std::string_view name, uint32_t value);

  // --- memory, by virtual address as the halted core sees it -------------------------------------
  Outcome<std::vector<uint32_t>> read_words(uint32_t address, size_t count);
  Outcome<std::vector<std::byte>> read_memory(uint32_t address, size_t size);
  Outcome<void> write_words(uint32_t address, std::span<const uint32_t> words);
  Outcome<void> write_memory(uint32_t address, std::span<const std::byte> bytes);
  /// Loads an image: an ELF file where its headers say, or any file as it is at `address`.
  Outcome<void> load(const std::filesystem::path& image, std::optional<uint32_t> address = {});
  /// Whether memory from `address` on equals the file.
  Outcome<bool> matches(const std::filesystem::path& file, uint32_t address);
  /// Reads an image back and compares. A difference is a failure.
  Outcome<void> verify(const std::filesystem::path& image, std::optional<uint32_t> address = {});

 private:
  explicit OpenOcd(Config config) : config_(std::move(config)) {}
  Outcome<void> launch();
  Outcome<uint16_t> await_port(std::chrono::steady_clock::time_point deadline);
  std::vector<std::string> arguments() const;
  Failure put_away(std::string what);
  Outcome<void> quietly(Outcome<std::string> result);
  Outcome<void> image_command(const char* verb, const std::filesystem::path& image,
                              std::optional<uint32_t> address);
  Outcome<std::filesystem::path> scratch(std::string_view name) const;

  Config config_;
  std::optional<process::Child> child_;
  std::optional<Rpc> rpc_;
  std::string reason_;  // why it is not alive
  uint16_t gdb_port_ = 0;
};

}  // namespace probes::openocd
