// Debug access to a board and to its flash, as steps use them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/failure.h"
#include "probes/time.h"

namespace hil {

using Progress = std::function<void(double done, std::string_view words)>;

struct FlashFigures {
  uint64_t bytes = 0;
  double write_seconds = 0, verify_seconds = 0;
  double write_kib_s = 0, verify_kib_s = 0;
};

/// Puts images where the board boots from.
class Flasher {
 public:
  virtual ~Flasher() = default;

  /// Writes the image from the first block on and verifies it. The board runs nothing of its own
  /// until it is reset or power cycled.
  virtual probes::Outcome<FlashFigures> flash(const std::filesystem::path& image,
                                              const Progress& progress) = 0;
};

class Debugger {
 public:
  virtual ~Debugger() = default;

  /// Power or a reset changed the board behind the probe's back.
  virtual void target_changed() = 0;

  virtual probes::Outcome<void> halt() = 0;
  virtual probes::Outcome<void> resume() = 0;
  /// `width` is 8, 16 or 32 bits per value; the core must be halted.
  virtual probes::Outcome<std::vector<uint32_t>> read(uint32_t address, unsigned count,
                                                      unsigned width) = 0;
  virtual probes::Outcome<void> write(uint32_t address, const std::vector<uint32_t>& values,
                                      unsigned width) = 0;
  /// True when memory from `address` on equals the file.
  virtual probes::Outcome<bool> verify(const std::filesystem::path& file, uint32_t address) = 0;
  virtual probes::Outcome<uint32_t> register_value(std::string_view name) = 0;
};

}  // namespace hil
