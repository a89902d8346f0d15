// A system image from files: description, manifests, programs and kernel.
#pragma once

#include <filesystem>
#include <vector>

#include "firmware/images/failure.h"

namespace firmware::images {

/// Where the parts of a system lie.
struct SystemFiles {
  std::filesystem::path description{};
  std::filesystem::path manifests{};  ///< folder; NAME/manifest.toml in it
  std::filesystem::path programs{};   ///< folder; NAME/ELF in it
  std::filesystem::path kernel{};
};

struct BuiltSystem {
  Bytes image{};                              ///< unsigned
  std::vector<std::filesystem::path> read{};  ///< every file that it was made from
};

/// Reads, resolves and lays out. Every failure names the file, and the line where there is one.
Outcome<BuiltSystem> build_system(const SystemFiles& files);

}  // namespace firmware::images
