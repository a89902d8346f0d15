// The phoenix process: see firmware/interfaces/phoenix.h.
#include "firmware/interfaces/phoenix.h"
#include "firmware/runtime/process.h"

namespace {

using interfaces::Phoenix;

struct Server {
  base::Result<Phoenix::Who::Reply> handle(const Phoenix::Who&, ipc::Caller) {
    const auto& self = runtime::arguments();
    return Phoenix::Who::Reply{
        .identity =
            kernel::abi::Identity::make(static_cast<uint8_t>(self.pid), self.generation).bits};
  }
  base::Result<void> handle(const Phoenix::Die&, ipc::Caller) {
    uint32_t address = 0;
    asm volatile("ldr %0, [%0]" : "+r"(address));
    return {};
  }
};

}  // namespace

int process_main() {
  Server server;
  return static_cast<int>(runtime::serve<Phoenix>(server).word);
}
