// A message and its answer as user code holds them.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "firmware/runtime/wire.h"
#include "kernel/abi/message.h"

namespace ipc {

/// A request on its way or received. Words 0 and 1 are not used when memory travels: the range
/// stands in `memory`.
struct Message {
  kernel::abi::Info info{};
  Words words{};
  Range memory{};
  kernel::abi::Identity sender{};   ///< on receipt, from the kernel
  kernel::abi::ReplyToken reply{};  ///< on receipt; 0: wants no answer
};

/// How long a call or a receive may wait. Zero: a call only tries, see Client::call.
struct Within {
  base::Duration limit{};
};

/// What a call comes back with.
struct Answer {
  base::Error error{};  ///< word 0: done
  Words words{};
};

}  // namespace ipc
