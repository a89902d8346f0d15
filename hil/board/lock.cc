#include "hil/board/lock.h"

#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace hil::board {
namespace {

using probes::Failure;

std::string holder_of(int descriptor) {
  std::array<char, 1024> note;
  const ssize_t length = pread(descriptor, note.data(), note.size(), 0);
  if (length <= 0) return "another process";
  std::string text(note.data(), static_cast<size_t>(length));
  return text.substr(0, text.find('\n'));
}

std::string note_of(const std::string& purpose) {
  const passwd* user = getpwuid(getuid());
  const time_t now = time(nullptr);
  std::array<char, 32> since{};
  tm parts{};
  strftime(since.data(), since.size(), "%H:%M:%S", localtime_r(&now, &parts));
  return "process " + std::to_string(getpid()) + " of " + (user ? user->pw_name : "someone") +
         ", since " + since.data() + ": " + purpose + "\n";
}

}  // namespace

probes::Outcome<Lock> Lock::take(const std::filesystem::path& file, const std::string& purpose) {
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0)
    return Failure{"lock file " + file.string() + " cannot be opened: " + strerror(errno)};
  Lock lock(file, descriptor);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Failure{"lock " + file.string() + ": " + strerror(errno)};
    const std::string holder = holder_of(descriptor);
    close(std::exchange(lock.descriptor_, -1));
    return Failure{"the board is in use by " + holder + "; wait for it, or end it (lock " +
                   file.string() + ")"};
  }
  const std::string note = note_of(purpose);
  // A note that cannot be written (full disk) leaves the lock itself as good as ever.
  if (ftruncate(descriptor, 0) != 0 ||
      pwrite(descriptor, note.data(), note.size(), 0) != static_cast<ssize_t>(note.size()))
    errno = 0;
  return lock;
}

Lock::Lock(Lock&& other) noexcept
    : file_(std::move(other.file_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

Lock::~Lock() {
  if (descriptor_ < 0) return;
  // The file stays: removing it would let two processes lock two different files of this name.
  if (ftruncate(descriptor_, 0) != 0) errno = 0;
  close(descriptor_);
}

}  // namespace hil::board
