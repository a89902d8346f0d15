// Is a file an image that a board can boot from?
#pragma once

#include <cstdint>
#include <filesystem>

#include "probes/failure.h"

namespace hil::steps {

enum class ImageKind {
  kRaw,     ///< anything
  kDisk,    ///< begins with an MBR and reaches to the end of the last partition
  kSystem,  ///< begins with a system image's header and reaches to the end that it names
};

/// Fails, saying what to do, when the file is empty, larger than `limit` bytes, or not of its kind.
probes::Outcome<void> check_image(const std::filesystem::path& file, uint64_t limit,
                                  ImageKind kind);

}  // namespace hil::steps
