// The heap of a process that wants one. Device only.
//
// Memory is asked for in ways that can be refused: `new (std::nothrow)`, or make<T>() for an object
// that frees itself. Plain `new`, and what is built on it (std::make_unique, containers), does not
// link: it has no way to say that the heap is full. `delete` works on both. Any thread may use it.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include "base/result.h"
#include "firmware/runtime/allocator.h"

namespace runtime {

/// Takes `bytes` of the manifest's memory for the heap, once; without it, or before, every request
/// is refused. In test images with all checks of Allocator. kNoMemory: the quota is less. kBusy: it
/// was done already.
base::Result<void> start_heap(size_t bytes);
Allocator::Statistics heap_statistics();

/// nullptr: the heap is full.
void* heap_allocate(size_t bytes, size_t alignment = Allocator::kAlignment);
/// Traps on what is not in use.
void heap_release(void* piece);

/// nullptr: the heap is full; nothing was constructed.
template <class T, class... Arguments>
std::unique_ptr<T> make(Arguments&&... arguments) {
  return std::unique_ptr<T>(new (std::nothrow) T(std::forward<Arguments>(arguments)...));
}

}  // namespace runtime
