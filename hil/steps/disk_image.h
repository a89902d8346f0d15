// Is a file an image that a board's flash can take?
#pragma once

#include <cstdint>
#include <filesystem>

#include "probes/failure.h"

namespace hil::steps {

/// Fails, saying what to do, when the file is empty, larger than `limit` bytes, or, unless `raw`,
/// no disk image: it must begin with an MBR and reach to the end of the last partition.
probes::Outcome<void> check_disk_image(const std::filesystem::path& file, uint64_t limit, bool raw);

}  // namespace hil::steps
