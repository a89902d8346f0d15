// The least a debugger needs of a board: a core, plain memory at the SRAM's and the DDR's
// addresses, the debug hardware and one probe, running by themselves in a thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "fixtures/board/cpu/core.h"
#include "fixtures/board/debug/debug.h"
#include "fixtures/board/debug/front_end.h"

namespace tests::peers {

/// Plain memory: SRAM 0x0020_0000 (128 KiB) and DDR 0x2000_0000 (`ddr_size`); nothing else answers.
class PlainMemory : public fixtures::board::cpu::PhysicalMemory {
 public:
  explicit PlainMemory(size_t ddr_size) : sram_(128 * 1024), ddr_(ddr_size) {}
  Page page(uint32_t address) override;
  std::optional<uint32_t> load(uint32_t address, unsigned width) override;
  bool store(uint32_t address, uint32_t value, unsigned width) override;

 private:
  std::byte* at(uint32_t address, size_t size);
  std::vector<std::byte> sram_, ddr_;
};

class MiniBoard {
 public:
  enum class Probe { kBusPirate, kRemoteBitbang };
  /// Starts with the core running a branch to itself at the start of SRAM.
  explicit MiniBoard(Probe probe, size_t ddr_size = 16u << 20);
  ~MiniBoard();
  MiniBoard(const MiniBoard&) = delete;

  /// Adapter lines for OpenOCD.
  std::vector<std::string> adapter() const;
  /// Times the probe pulled the reset line.
  int resets() const { return resets_; }
  /// Stops serving the probe, as a hung adapter would.
  void freeze(bool frozen) { frozen_ = frozen; }

 private:
  void main_loop();
  void reset(bool asserted);

  PlainMemory memory_;
  std::unique_ptr<fixtures::board::cpu::Core> core_;
  fixtures::board::debug::Debug debug_;
  std::unique_ptr<fixtures::board::debug::FrontEnd> probe_;
  Probe kind_;
  bool in_reset_ = false;
  std::atomic<int> resets_ = 0;
  std::atomic<bool> frozen_ = false, stopping_ = false;
  std::thread thread_;
};

}  // namespace tests::peers
