#include "firmware/runtime/process.h"

#include <atomic>

#include "base/modules.h"
#include "firmware/runtime/program.h"
#include "firmware/runtime/syscall.h"
#include "firmware/runtime/text.h"

namespace runtime {
namespace {

constexpr uint8_t kModule = base::module_number("firmware/runtime/process.cc");

constinit const kernel::abi::ProcessArguments* given = nullptr;
// Where the next map() goes. Kept here and not in the kernel, so that the hole behind each range
// stays one.
constinit std::atomic<uint32_t> heap_next = 0;

base::Result<uint32_t> value_of(Outcome outcome) {
  if (outcome.error) return base::Error{outcome.error};
  return outcome.r1;
}

}  // namespace

const kernel::abi::ProcessArguments& arguments() {
  return *given;
}

std::span<const kernel::abi::ServiceEntry> services() {
  return {reinterpret_cast<const kernel::abi::ServiceEntry*>(given->services),
          given->service_count};
}

void exit(int code) {
  for (;;) system_call(Syscall::kExit, static_cast<uint32_t>(code));
}

void yield() {
  system_call(Syscall::kYield);
}

void sleep(base::Duration length) {
  const Halves time = nanoseconds(length);
  system_call(Syscall::kSleep, time.low, time.high);
}

base::Duration KernelClock::now() {
  const Outcome outcome = system_call(Syscall::kClock);
  const uint64_t nanoseconds = uint64_t{outcome.r2} << 32 | outcome.r1;
  return base::Duration(nanoseconds / 1000);
}

base::Result<std::span<std::byte>> map(size_t bytes) {
  constexpr uint32_t kPage = kernel::abi::kPageSize;
  if (bytes == 0 || bytes > given->heap_end - given->heap_begin) return FAIL(kNoMemory);
  const uint32_t size = (bytes + kPage - 1) / kPage * kPage;
  uint32_t address = heap_next.load(std::memory_order_relaxed);
  do {
    if (size + kPage > given->heap_end - address) return FAIL(kNoMemory);
  } while (!heap_next.compare_exchange_weak(address, address + size + kPage));
  TRY(value_of(system_call(Syscall::kMap, address, size)));
  return std::span<std::byte>(reinterpret_cast<std::byte*>(address), size);
}

void unmap(std::span<std::byte> pages) {
  system_call(Syscall::kUnmap, reinterpret_cast<uintptr_t>(pages.data()), pages.size());
}

base::Result<base::mmio::Region> map_device(uint32_t physical, uint32_t bytes) {
  return base::mmio::Region(TRY(value_of(system_call(Syscall::kMapDevice, physical, bytes))));
}

base::Result<Interrupt> Interrupt::claim(uint32_t source) {
  return Interrupt(TRY(value_of(system_call(Syscall::kInterruptClaim, source))));
}

base::Result<void> Interrupt::wait() {
  return base::Error{system_call(Syscall::kInterruptWait, handle_).error};
}

base::Result<size_t> read_kernel_log(std::span<char> out) {
  return TRY(value_of(
      system_call(Syscall::kLogRead, reinterpret_cast<uintptr_t>(out.data()), out.size())));
}

base::Result<uint32_t> find_service(std::string_view name) {
  const auto all = services();
  for (uint32_t id = 0; id < all.size(); ++id)
    if (text_of(all[id].name) == name) return id;
  return FAIL(kNotFound);
}

base::Result<ipc::Connection> connect(uint32_t id, base::Duration patience) {
  constexpr base::Duration kStep = std::chrono::milliseconds(1);
  KernelClock clock;
  const base::Duration deadline = clock.now() + patience;
  for (;;) {
    const bool last = clock.now() >= deadline;
    const auto handle = value_of(system_call(Syscall::kConnect, id));
    if (handle) return ipc::Connection(*handle);
    if (last || handle.error().code() != base::Code::kNotFound) return handle.error();
    sleep(kStep);
  }
}

base::Result<ipc::ServerPort> serve(std::string_view name) {
  return ipc::ServerPort(TRY(value_of(system_call(Syscall::kServe, TRY(find_service(name))))));
}

/// crt0.S comes here. Not in any header: nobody else may.
extern "C" [[noreturn]] void runtime_start(const kernel::abi::ProcessArguments* arguments);
extern "C" void runtime_start(const kernel::abi::ProcessArguments* arguments) {
  given = arguments;
  heap_next = arguments->heap_begin;
  if (runtime_tls_shape.size) {
    fill_block(runtime_first_tls, runtime_tls_shape);
    system_call(Syscall::kThreadPointer, reinterpret_cast<uintptr_t>(runtime_first_tls));
  }
  exit(process_main());
}

}  // namespace runtime
