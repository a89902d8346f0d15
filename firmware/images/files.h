// Whole files, in and out.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "firmware/images/failure.h"

namespace firmware::images {

Outcome<Bytes> read_file(const std::filesystem::path& path);
Outcome<std::string> read_text(const std::filesystem::path& path);
/// Replaces the file in one step: nobody sees half of it. Creates its folder.
Outcome<void> write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);
/// As write_file, readable by its owner only; fails if the file exists.
Outcome<void> write_secret(const std::filesystem::path& path, std::string_view text);

/// Removes a folder, with what is in it, when it goes out of scope.
class RemovedAtEnd {
 public:
  explicit RemovedAtEnd(std::filesystem::path path) : path_(std::move(path)) {}
  RemovedAtEnd(const RemovedAtEnd&) = delete;
  ~RemovedAtEnd() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace firmware::images
