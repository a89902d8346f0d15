// Translation tables as a debugger finds them in memory, and what the kernel promises of them:
// short-descriptor format, ARM ARM B3.5. Nothing here is the kernel's own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "kernel/abi/image.h"

namespace tests::kernel::debugger {

/// `words` words of the target's physical memory.
using ReadMemory = std::function<std::vector<uint32_t>(uint32_t physical, size_t words)>;

struct Rights {
  bool read = false, write = false, execute = false;
  friend bool operator==(Rights, Rights) = default;
};

/// A page that a table names.
struct Mapping {
  uint32_t address = 0, physical = 0;
  Rights user{}, privileged{};
  bool device = false, global = false;
  bool valid = false;  ///< false: no access makes use of it, but it is not empty: on loan
};

/// What a table says of the megabytes [first, end); addresses that are not in `pages` are empty.
struct Walk {
  std::vector<Mapping> pages{};
  std::vector<std::string> problems{};  ///< entries that have no place here
};
Walk walk(const ReadMemory& read, uint32_t table, uint32_t first_megabyte, uint32_t end_megabyte);

/// The parts of a system image that say what may be where.
struct Image {
  std::vector<std::byte> bytes{};
  ::kernel::abi::ImageHeader header{};
  std::vector<::kernel::abi::ProcessEntry> processes{};
  std::vector<::kernel::abi::Segment> segments{};
  std::vector<::kernel::abi::Grant> grants{};

  static Image parse(std::vector<std::byte> bytes);
  std::string name(size_t process) const;
};

/// Where the board has its RAM, and the same bytes through the memory's encryption: `base` again
/// where there is none.
struct Ram {
  uint32_t base = 0, size = 0, encrypted = 0;
  bool holds(uint32_t physical) const { return physical - base < size; }
  bool encrypts(uint32_t physical) const { return physical - encrypted < size; }
  /// One number for each byte, through whichever window.
  uint32_t plain(uint32_t physical) const {
    return encrypts(physical) ? physical - encrypted + base : physical;
  }
};

/// How much of a process there must be.
enum class State {
  kWhole,  ///< all that its manifest gives it
  kAny,    ///< it may be half made, or half gone
};

/// What is wrong with the kernel's half: anything that user mode may touch, anything that can be
/// both written and run, anything that lies where it should not.
std::vector<std::string> audit_kernel(const Walk& half, const Ram& ram);
/// What is wrong with a process's half, by its entry of the image.
std::vector<std::string> audit_process(const Walk& half, const Image& image, size_t process,
                                       State state, const Ram& ram);
/// What is wrong with what processes share: a page that one can write and another can reach, a page
/// of the kernel's that one can write. `spaces`: by process; below `first_free` all is the
/// kernel's.
std::vector<std::string> audit_sharing(const std::map<size_t, Walk>& spaces, const Ram& ram,
                                       uint32_t first_free);

}  // namespace tests::kernel::debugger
