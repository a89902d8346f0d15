// What a process can ask of the kernel, typed. Device only; what is worth testing on the host takes
// its surroundings as arguments (ipc.h, mutex.h, the services' classes).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/region.h"
#include "base/result.h"
#include "firmware/runtime/ipc.h"
#include "firmware/runtime/time.h"
#include "kernel/abi/image.h"

/// Every process defines this; its value is the exit code. The process ends when it returns.
int process_main();

namespace runtime {

/// What the kernel told the process at its start.
const kernel::abi::ProcessArguments& arguments();
/// The image's services; the index is the service id.
std::span<const kernel::abi::ServiceEntry> services();

[[noreturn]] void exit(int code);
void yield();
void sleep(base::Duration length);

/// Time since the kernel started.
class KernelClock final : public base::Clock {
 public:
  base::Duration now() override;
};

/// Fresh zeroed pages, with an unmapped page after them; an address is never handed out twice, so a
/// stale pointer faults. `bytes` is rounded up to whole pages. kNoMemory: over the manifest's
/// quota, or the range is used up.
base::Result<std::span<std::byte>> map(size_t bytes);
/// Gives pages of map() back.
void unmap(std::span<std::byte> pages);

/// A device range of the manifest: its whole entry, `physical` and `bytes` as it says. kDenied: not
/// in the manifest.
base::Result<base::mmio::Region> map_device(uint32_t physical, uint32_t bytes);

/// An interrupt of the manifest, delivered to one thread.
class Interrupt {
 public:
  /// For the calling thread. kDenied: not in the manifest. kBusy: taken.
  static base::Result<Interrupt> claim(uint32_t source);
  /// Acknowledges the last one and waits for the next. Call it from the thread that claimed.
  base::Result<void> wait();
  uint32_t handle() const { return handle_; }

 private:
  explicit Interrupt(uint32_t handle) : handle_(handle) {}
  uint32_t handle_;
};

/// Moves lines of the kernel's log into `out`; waits for at least one byte. kDenied: only the
/// console process may. Returns how many bytes.
base::Result<size_t> read_kernel_log(std::span<char> out);

/// The id of a service. kNotFound: not in this image.
base::Result<uint32_t> find_service(std::string_view name);
/// Opens service `id`; waits up to `patience` for its server to start. kDenied: not in the
/// manifest. kNotFound: nobody serves it.
base::Result<ipc::Connection> connect(uint32_t id, base::Duration patience);
/// Starts to serve `name`. kDenied: the manifest does not say so. kBusy: served already.
base::Result<ipc::ServerPort> serve(std::string_view name);

inline constexpr base::Duration kStartPatience = std::chrono::seconds(5);

/// A client of I's service. Errors are those of find_service and connect.
template <ipc::Interface I>
base::Result<ipc::Client<I>> connect(base::Duration patience = kStartPatience) {
  return ipc::Client<I>(TRY(connect(TRY(find_service(I::kName)), patience)));
}
/// Serves I with `server` until the kernel ends it. Returns why it could not.
template <ipc::Interface I, class Server>
base::Error serve(Server& server) {
  auto port = serve(I::kName);
  if (!port) return port.error();
  return ipc::serve<I>(*port, server);
}

}  // namespace runtime
