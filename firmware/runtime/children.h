// Other processes: starting, making and ending them, for those whose manifests permit it
// (`supervises`, [children]). Device only.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "kernel/abi/create.h"
#include "kernel/abi/message.h"

namespace runtime {

/// Starts the process of entry `index` of the image's table. kDenied: not supervised by this one.
/// kBusy: it is alive, or its end is not finished.
base::Result<kernel::abi::Identity> start_process(uint32_t index);

/// Ends a process that this one supervises or made. kNotFound: it has ended already. kDenied: it is
/// somebody else's.
base::Result<void> kill(kernel::abi::Identity process);

/// A process that this one makes: first what it may, then its pages, then it runs.
class Child {
 public:
  /// kDenied: more than the manifest's [children] lets this process pass on. kNoMemory: no process
  /// left, or no memory.
  static base::Result<Child> create(const kernel::abi::CreateArguments& arguments);

  /// Moves whole pages of map() into the child, to `address` of its image area. kBusy: it runs, or
  /// something is mapped there. kNotFound: it has ended.
  base::Result<void> give(std::span<std::byte> pages, uint32_t address,
                          kernel::abi::GiveAccess access);
  /// Starts its first thread at `entry`.
  base::Result<void> run(uint32_t entry);
  kernel::abi::Identity identity() const { return identity_; }

 private:
  explicit Child(kernel::abi::Identity identity) : identity_(identity) {}
  kernel::abi::Identity identity_;
};

}  // namespace runtime
