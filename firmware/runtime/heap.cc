#include "firmware/runtime/heap.h"

#include "base/modules.h"
#include "firmware/runtime/mutex.h"
#include "firmware/runtime/process.h"

namespace runtime {
namespace {

constexpr uint8_t kModule = base::module_number("firmware/runtime/heap.cc");

constinit Mutex mutex;
constinit Allocator allocator;
constinit bool started = false;

}  // namespace

base::Result<void> start_heap(size_t bytes) {
  Lock lock(mutex);
  if (started) return FAIL(kBusy);
  const std::span<std::byte> arena = TRY(map(bytes));
  started = true;
  allocator.start(arena, arguments().image_flags & kernel::abi::kImageTest
                             ? Allocator::Checks::kFull
                             : Allocator::Checks::kCheap);
  return {};
}

Allocator::Statistics heap_statistics() {
  Lock lock(mutex);
  return allocator.statistics();
}

void* heap_allocate(size_t bytes, size_t alignment) {
  Lock lock(mutex);
  return allocator.allocate(bytes, alignment);
}

void heap_release(void* piece) {
  Lock lock(mutex);
  allocator.release(piece);
}

}  // namespace runtime

// What <new> declares and a C++ library would define.
const std::nothrow_t std::nothrow = std::nothrow_t{};

void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  return runtime::heap_allocate(bytes);
}
void* operator new[](size_t bytes, const std::nothrow_t&) noexcept {
  return runtime::heap_allocate(bytes);
}
void* operator new(size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return runtime::heap_allocate(bytes, static_cast<size_t>(alignment));
}
void* operator new[](size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return runtime::heap_allocate(bytes, static_cast<size_t>(alignment));
}
void operator delete(void* piece) noexcept {
  runtime::heap_release(piece);
}
void operator delete[](void* piece) noexcept {
  runtime::heap_release(piece);
}
void operator delete(void* piece, size_t) noexcept {
  runtime::heap_release(piece);
}
void operator delete[](void* piece, size_t) noexcept {
  runtime::heap_release(piece);
}
void operator delete(void* piece, std::align_val_t) noexcept {
  runtime::heap_release(piece);
}
void operator delete(void* piece, size_t, std::align_val_t) noexcept {
  runtime::heap_release(piece);
}
