// What a card's cells keep: memory for unit tests, a sparse file for the virtual board.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace drivers::sdmmc {

/// Bytes that outlive the power. A failed operation returns what failed, for a person; the content
/// of the range is then undefined.
class Storage {
 public:
  using Outcome = base::Result<void, std::string>;
  virtual ~Storage() = default;
  virtual uint64_t size() const = 0;
  /// [offset, offset + length) must lie inside size().
  virtual Outcome read(uint64_t offset, std::span<std::byte> out) = 0;
  virtual Outcome write(uint64_t offset, std::span<const std::byte> in) = 0;
  /// Makes the range read as zeros.
  virtual Outcome erase(uint64_t offset, uint64_t length) = 0;
};

class MemoryStorage : public Storage {
 public:
  explicit MemoryStorage(size_t size) : bytes_(size) {}
  uint64_t size() const override { return bytes_.size(); }
  Outcome read(uint64_t offset, std::span<std::byte> out) override;
  Outcome write(uint64_t offset, std::span<const std::byte> in) override;
  Outcome erase(uint64_t offset, uint64_t length) override;
  std::span<std::byte> bytes() { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

/// A file, sparse where the file system can: what was never written takes no room.
class FileStorage : public Storage {
 public:
  /// Opens `path`, or creates it blank. A file of another size than `size` bytes is refused, lest a
  /// card shrinks under its content.
  static base::Result<std::unique_ptr<FileStorage>, std::string> open(const std::string& path,
                                                                      uint64_t size);
  ~FileStorage() override;
  FileStorage(const FileStorage&) = delete;
  uint64_t size() const override { return size_; }
  Outcome read(uint64_t offset, std::span<std::byte> out) override;
  Outcome write(uint64_t offset, std::span<const std::byte> in) override;
  Outcome erase(uint64_t offset, uint64_t length) override;

 private:
  FileStorage(std::string path, int file, uint64_t size)
      : path_(std::move(path)), file_(file), size_(size) {}
  std::string failure(const char* what) const;

  std::string path_;
  int file_;
  uint64_t size_;
};

}  // namespace drivers::sdmmc
