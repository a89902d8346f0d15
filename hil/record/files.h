// Files that a crash or a full disk cannot leave half written.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "probes/failure.h"

namespace hil::record {

/// Replaces `file` by `content`: written beside it, flushed to the disk, renamed over it. When it
/// fails, what stood there before still stands there.
probes::Outcome<void> write_atomically(const std::filesystem::path& file, std::string_view content);

/// A file that grows; every write has reached the kernel when it returns.
class Appender {
 public:
  Appender() = default;
  Appender(const Appender&) = delete;
  ~Appender();

  /// Creates or empties the file.
  probes::Outcome<void> open(const std::filesystem::path& file);
  probes::Outcome<void> append(std::string_view bytes);
  void close();

 private:
  std::filesystem::path file_;
  int descriptor_ = -1;
};

/// Lower-case hex SHA-256 of a file, or empty when it cannot be read.
std::string sha256_of_file(const std::filesystem::path& file);

/// "a sentence about errno": names a full disk and what to do about it.
probes::Failure file_failure(const std::filesystem::path& file, int reason);

}  // namespace hil::record
