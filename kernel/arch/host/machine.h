// A model of the machine under the portable kernel: RAM, page tables, an interrupt controller and a
// clock that stands still until told. For tests on the host; it implements core/arch.h and
// soc/soc.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kernel/core/arch.h"
#include "kernel/core/limits.h"

namespace kernel::host {

/// One at a time; the functions of arch.h and soc.h act on the living one.
class Machine {
 public:
  static constexpr uint32_t kRamBase = 0x2000'0000;
  /// A page that never held data reads as this, so that a frame handed out unzeroed is seen.
  static constexpr std::byte kDirt{0xa5};

  explicit Machine(unsigned ram_pages);
  ~Machine();
  Machine(const Machine&) = delete;
  static Machine& instance();

  using Pages = std::map<uint32_t, arch::Page>;
  const Pages& pages(unsigned slot) const { return spaces_.at(slot).pages; }

  /// Lets time pass up to the timer, or by `span`, whichever comes first.
  void pass(uint64_t span);
  /// Lets time pass to the timer. False: it is not set.
  bool pass_to_timer();
  uint64_t now = 1'000'000;
  uint64_t timer = 0;  // 0: not set, or fired

  void raise(unsigned source) { pending_.insert(source); }
  bool masked(unsigned source) const { return !unmasked_.contains(source); }
  /// Tables that may still be had, for tests of exhaustion.
  unsigned tables_left = kPageTables;
  /// Cache maintenance asked for, in order: physical addresses and bytes.
  struct Range {
    uint32_t address = 0, bytes = 0;
    friend bool operator==(const Range&, const Range&) = default;
  };
  std::vector<Range> cleaned, invalidated;
  std::map<uint32_t, bool> seen_plain;  // by which window a frame is in use
  std::set<uint32_t> made_executable;   // pages whose instructions the processor may fetch
  std::string emergency;                // what was written there

 private:
  friend struct Doors;
  struct Space {
    bool open = false;
    Pages pages;
    std::set<uint32_t> tables;  // megabytes that have one
  };
  std::vector<std::byte> ram_;
  std::array<Space, kMaxProcesses> spaces_;
  std::set<unsigned> pending_, unmasked_;
  bool timer_pending_ = false;
};

}  // namespace kernel::host
