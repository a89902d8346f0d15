#include "firmware/images/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace firmware::images {
namespace {

namespace fs = std::filesystem;

Failure system_failure(const fs::path& path, const char* what) {
  return {path.string() + ": " + what + ": " + std::strerror(errno)};
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

bool write_all(int file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

Outcome<Bytes> read_file(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) return system_failure(path, "cannot open");
  Bytes bytes;
  constexpr size_t kPiece = 1 << 16;
  for (;;) {
    const size_t size = bytes.size();
    bytes.resize(size + kPiece);
    const ssize_t got = ::read(file.number(), bytes.data() + size, kPiece);
    if (got < 0 && errno != EINTR) return system_failure(path, "cannot read");
    bytes.resize(size + static_cast<size_t>(got > 0 ? got : 0));
    if (got == 0) return bytes;
  }
}

Outcome<std::string> read_text(const fs::path& path) {
  const Bytes bytes = TRY(read_file(path));
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Outcome<void> write_file(const fs::path& path, std::span<const std::byte> bytes) {
  std::error_code error;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
  const fs::path fresh = path.string() + ".new." + std::to_string(::getpid());
  {
    const Descriptor file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (file.number() < 0) return system_failure(fresh, "cannot create");
    if (!write_all(file.number(), bytes)) {
      const Failure failure = system_failure(fresh, "cannot write");
      ::unlink(fresh.c_str());
      return failure;
    }
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return system_failure(path, "cannot replace");
  return {};
}

Outcome<void> write_secret(const fs::path& path, std::string_view text) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.number() < 0) return system_failure(path, "cannot create");
  if (!write_all(file.number(), std::as_bytes(std::span(text))))
    return system_failure(path, "cannot write");
  return {};
}

}  // namespace firmware::images
