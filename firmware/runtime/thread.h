// Threads of this process. Device only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"

namespace runtime {

/// A thread and its stack, which has an unmapped page below it. A Thread that is destroyed unjoined
/// runs on, and its stack stays.
class Thread {
 public:
  struct Options {
    uint32_t priority = 0;  ///< 0..31, not above the manifest's
    /// Whole pages are taken; the program's thread_local variables come out of them.
    size_t stack_bytes = 16 * 1024;
  };
  using Entry = void (*)(void* context);

  /// Runs `entry(context)` in a new thread. kNoMemory: no stack, or no thread left. kInvalid: the
  /// stack has no room for the thread_local variables.
  static base::Result<Thread> start(Entry entry, void* context, Options options);
  /// Runs `work()`; `work` must outlive the thread.
  template <class Work>
  static base::Result<Thread> start(Work& work, Options options) {
    return start([](void* context) { (*static_cast<Work*>(context))(); }, &work, options);
  }

  /// Waits for its end and frees its stack. Once.
  base::Result<void> join();

  /// From the unmapped page to the thread_local variables.
  std::span<std::byte> stack() const { return stack_; }

 private:
  Thread(uint32_t id, std::span<std::byte> stack) : id_(id), stack_(stack) {}
  uint32_t id_;
  std::span<std::byte> stack_;
};

}  // namespace runtime
