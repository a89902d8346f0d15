// Stands in for every process of an image, with that process's rights, and tries all that they do
// not cover: each system call, each method of each service, each device range, each interrupt, each
// other process. Its exit code is how many tries were denied; kAllowed and what it was if one was
// not.
#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "tests/kernel/matrix/matrix.h"

namespace matrix {
namespace {

#include "matrix.inc"

using base::Code;
using kernel::abi::Info;
using kernel::abi::Kind;
using runtime::Syscall;
using namespace std::chrono_literals;

// Exit codes: kAllowed | kind << 20 | what << 8 | detail.
constexpr uint32_t kAllowed = 0x8000'0000;
enum class Tried : uint32_t {
  kSystemCall = 1,
  kServe,
  kConnect,
  kCall,
  kSend,
  kNotify,
  kDevice,
  kInterrupt,
  kStart
};

class Tries {
 public:
  void must_be_denied(Tried what, uint32_t subject, uint32_t detail, uint32_t error) {
    ++count_;
    const bool denied = error != 0 && base::Error{error}.code() == Code::kDenied;
    if (denied || first_allowed_) return;
    first_allowed_ =
        kAllowed | static_cast<uint32_t>(what) << 20 | (subject & 0xfff) << 8 | (detail & 0xff);
  }
  uint32_t result() const { return first_allowed_ ? first_allowed_ : count_; }

 private:
  uint32_t count_ = 0, first_allowed_ = 0;
};

bool has(uint64_t mask, uint32_t bit) {
  return bit < 64 && (mask >> bit & 1);
}

uint32_t message(Syscall call, Kind kind, uint32_t handle, uint32_t method) {
  std::array<uint32_t, 8> words{};
  return runtime::message_call(call, handle, Info::make(kind, static_cast<uint8_t>(method)).bits,
                               words.data())
      .r0;
}

void try_methods(Tries& tries, uint32_t service, uint64_t allowed) {
  // Everybody serves before trying; whoever starts later is waited for.
  runtime::Outcome opened;
  for (unsigned i = 0; i < 2000; ++i) {
    opened = runtime::system_call(Syscall::kConnect, service);
    if (opened.error == 0) break;
    runtime::sleep(1ms);
  }
  if (opened.error) return tries.must_be_denied(Tried::kConnect, service, 0xff, 0);
  for (uint32_t method = 0; method < 64; ++method) {
    if (has(allowed, method) && method != 0) continue;
    tries.must_be_denied(Tried::kCall, service, method,
                         message(Syscall::kCall, Kind::kCall, opened.r1, method));
    tries.must_be_denied(Tried::kSend, service, method,
                         message(Syscall::kSend, Kind::kSend, opened.r1, method));
  }
  if (!has(allowed, 0))
    tries.must_be_denied(Tried::kNotify, service, 0,
                         runtime::system_call(Syscall::kNotify, opened.r1, 1).error);
}

uint32_t run() {
  const Rights& rights = kRights[runtime::arguments().pid - 1];
  const auto services = static_cast<uint32_t>(runtime::services().size());
  Tries tries;
  for (uint32_t id = 0; id < services + 4; ++id) {
    const uint32_t error = runtime::system_call(Syscall::kServe, id).error;
    if (!has(rights.serves, id)) tries.must_be_denied(Tried::kServe, id, 0, error);
  }
  for (uint32_t call = 0; call < 64; ++call)
    if (!has(rights.syscalls, call))
      tries.must_be_denied(Tried::kSystemCall, call, 0,
                           runtime::system_call(static_cast<Syscall>(call)).error);
  for (uint32_t id = 0; id < services + 4; ++id) {
    const uint64_t allowed = id < services ? rights.methods[id] : 0;
    if (allowed)
      try_methods(tries, id, allowed);
    else
      tries.must_be_denied(Tried::kConnect, id, 0,
                           runtime::system_call(Syscall::kConnect, id).error);
  }
  for (const auto& [address, bytes] : kDevices) {
    bool own = false;
    for (const uint32_t device : rights.devices) own |= device == address && address != 0;
    for (const uint32_t size : {bytes, bytes - 4096, bytes + 4096, 4096ul})
      if (!own || size != bytes)
        tries.must_be_denied(Tried::kDevice, address >> 12, size >> 12,
                             runtime::system_call(Syscall::kMapDevice, address, size).error);
  }
  for (uint32_t source = 0; source < 256; ++source)
    if (!has(rights.interrupts[source / 64], source % 64))
      tries.must_be_denied(Tried::kInterrupt, source, 0,
                           runtime::system_call(Syscall::kInterruptClaim, source).error);
  for (uint32_t entry = 0; entry < 64; ++entry)
    if (!has(rights.supervises, entry))
      tries.must_be_denied(Tried::kStart, entry, 0,
                           runtime::system_call(Syscall::kProcessStart, entry).error);
  return tries.result();
}

}  // namespace
}  // namespace matrix

int process_main() {
  const uint32_t result = matrix::run();
  // Nobody may find a server gone: that would be another refusal than the one to be seen.
  runtime::sleep(std::chrono::seconds(3));
  return static_cast<int>(result);
}
