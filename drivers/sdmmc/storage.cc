#include "drivers/sdmmc/storage.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace drivers::sdmmc {

Storage::Outcome MemoryStorage::read(uint64_t offset, std::span<std::byte> out) {
  std::memcpy(out.data(), bytes_.data() + offset, out.size());
  return {};
}

Storage::Outcome MemoryStorage::write(uint64_t offset, std::span<const std::byte> in) {
  std::memcpy(bytes_.data() + offset, in.data(), in.size());
  return {};
}

Storage::Outcome MemoryStorage::erase(uint64_t offset, uint64_t length) {
  std::fill_n(bytes_.begin() + static_cast<ptrdiff_t>(offset), length, std::byte{0});
  return {};
}

base::Result<std::unique_ptr<FileStorage>, std::string> FileStorage::open(const std::string& path,
                                                                          uint64_t size) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return "cannot open card image " + path + ": " + std::strerror(errno);
  struct stat status {};
  std::string problem;
  if (fstat(file, &status) != 0) {
    problem = std::string("cannot examine it: ") + std::strerror(errno);
  } else if (!S_ISREG(status.st_mode)) {
    problem = "not a regular file";
  } else if (status.st_size == 0) {
    if (ftruncate(file, static_cast<off_t>(size)) != 0)
      problem = std::string("cannot size it: ") + std::strerror(errno);
  } else if (static_cast<uint64_t>(status.st_size) != size) {
    problem = "it has " + std::to_string(status.st_size) + " bytes, the card " +
              std::to_string(size) + "; remove it for a blank card";
  }
  if (!problem.empty()) {
    ::close(file);
    return "card image " + path + ": " + problem;
  }
  return std::unique_ptr<FileStorage>(new FileStorage(path, file, size));
}

FileStorage::~FileStorage() {
  ::close(file_);
}

std::string FileStorage::failure(const char* what) const {
  return std::string(what) + " card image " + path_ + " failed: " + std::strerror(errno);
}

Storage::Outcome FileStorage::read(uint64_t offset, std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t got = pread(file_, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure("reading");
    if (got == 0) return "card image " + path_ + " was cut short";
    out = out.subspan(static_cast<size_t>(got));
    offset += static_cast<uint64_t>(got);
  }
  return {};
}

Storage::Outcome FileStorage::write(uint64_t offset, std::span<const std::byte> in) {
  while (!in.empty()) {
    const ssize_t put = pwrite(file_, in.data(), in.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return failure("writing");
    in = in.subspan(static_cast<size_t>(put));
    offset += static_cast<uint64_t>(put);
  }
  return {};
}

Storage::Outcome FileStorage::erase(uint64_t offset, uint64_t length) {
  if (fallocate(file_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                static_cast<off_t>(length)) == 0)
    return {};
  if (errno != EOPNOTSUPP && errno != ENOSYS) return failure("erasing");
  const std::vector<std::byte> zeros(std::min<uint64_t>(length, 1 << 20));
  while (length > 0) {
    const auto piece = std::span(zeros).first(std::min<uint64_t>(length, zeros.size()));
    if (auto outcome = write(offset, piece); !outcome) return outcome;
    offset += piece.size();
    length -= piece.size();
  }
  return {};
}

}  // namespace drivers::sdmmc
