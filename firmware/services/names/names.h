// os/names: see firmware/interfaces/names.h.
#pragma once

#include <span>

#include "firmware/interfaces/names.h"
#include "firmware/runtime/ipc.h"
#include "kernel/abi/image.h"

namespace services::names {

class Names {
 public:
  using Interface = interfaces::Names;

  /// `services` is the image's table and must outlive this; a service's id is its place there.
  explicit Names(std::span<const kernel::abi::ServiceEntry> services) : services_(services) {}

  base::Result<Interface::Lookup::Reply> handle(const Interface::Lookup& request, ipc::Caller);
  base::Result<Interface::Describe::Reply> handle(const Interface::Describe& request, ipc::Caller);

 private:
  std::span<const kernel::abi::ServiceEntry> services_;
};

}  // namespace services::names
