// What people write about an image: the system description and the processes' manifests. The format
// is in README.md. Names are checked against the interfaces later, by resolve.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/images/failure.h"
#include "kernel/abi/image.h"

namespace firmware::images {

struct Device {
  std::string name{};
  uint32_t address = 0;
  uint32_t size = 0;
};

struct Permission {
  Said<std::string> service{};
  std::vector<Said<std::string>> methods{};
};

/// The processes that a process may create while it runs.
struct Children {
  uint32_t count = 0;   ///< at once
  uint32_t memory = 0;  ///< bytes that each may hold
  std::vector<Said<std::string>> syscalls{};
  std::vector<Permission> permissions{};
};

/// One process's manifest.
struct Manifest {
  Said<std::string> name{};
  std::string elf{};  ///< file name
  uint32_t stack = 0;
  uint32_t priority = 0;
  uint32_t memory = 0;
  std::vector<Said<std::string>> serves{};
  std::vector<Said<std::string>> syscalls{};
  std::vector<Said<Device>> devices{};
  std::vector<Said<uint32_t>> interrupts{};
  std::vector<Permission> permissions{};
  bool holds_keys = false;
  Said<bool> later{};
  uint32_t dma = 0;  ///< bytes; 0: none
  std::vector<Said<std::string>> supervises{};
  bool supervises_all = false;
  kernel::abi::Restart restart{};
  Children children{};  ///< count 0: it may create none
};

enum class ImageKind { kDevelopment, kTest, kRelease };

/// A system: which processes there are, in the order in which they start.
struct System {
  struct Entry {
    Said<std::string> manifest{};
    uint32_t instances = 0;  ///< 0: one process, named as its manifest says
  };
  Said<std::string> build{};
  uint32_t version = 0;
  ImageKind kind = ImageKind::kDevelopment;
  uint32_t memory = 0, memory_size = 0;
  std::vector<Entry> processes{};
};

/// `file` is for messages. Fails on text that is not TOML, on a missing, unknown or wrong key.
Outcome<Manifest> parse_manifest(std::string_view text, const std::string& file);
Outcome<System> parse_system(std::string_view text, const std::string& file);

/// The manifest of instance `number` (from 1): name with the number behind, {n} in `serves`
/// replaced.
Manifest instance_of(const Manifest& manifest, uint32_t number);

}  // namespace firmware::images
