// One user of a board at a time. The kernel holds the lock (flock), so it dies with its holder; a
// note beside it says who that is.
#pragma once

#include <filesystem>
#include <string>

#include "probes/failure.h"

namespace hil::board {

class Lock {
 public:
  /// Takes the lock in `file`, whose folder is created. Fails at once, naming the holder, when
  /// another process has it. `purpose` is what others read of us.
  static probes::Outcome<Lock> take(const std::filesystem::path& file, const std::string& purpose);

  Lock(Lock&& other) noexcept;
  Lock& operator=(Lock&&) = delete;
  ~Lock();

 private:
  Lock(std::filesystem::path file, int descriptor)
      : file_(std::move(file)), descriptor_(descriptor) {}

  std::filesystem::path file_;
  int descriptor_;
};

}  // namespace hil::board
