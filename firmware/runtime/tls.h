// Where a thread's `thread_local` variables lie. The processor's thread pointer names a block: two
// words that the ABI keeps, then a copy of the program's template. The kernel keeps the pointer
// with the thread; code reads it with one instruction.
//
// Only variables that need neither a constructor nor a destructor: declare them
// `constinit thread_local`. Others do not link (__cxa_thread_atexit).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace runtime {

/// As process.ld writes it.
struct TlsShape {
  int32_t from_here = 0;  ///< from this to the template, in bytes
  uint32_t filled = 0;    ///< bytes of the template; what is past them starts as zeros
  uint32_t size = 0;      ///< of all; 0: the program has no such variable
  uint32_t alignment = 0;
};

constexpr uintptr_t kTlsWords = 8;  ///< at the thread pointer, bytes

/// `alignment` is a power of two, as every one here.
constexpr uintptr_t aligned_up(uintptr_t value, uintptr_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

/// Bytes of a block: its alignment is alignment_of_block().
constexpr uintptr_t alignment_of_block(const TlsShape& shape) {
  return std::max<uintptr_t>(shape.alignment, 8);
}
constexpr uintptr_t size_of_block(const TlsShape& shape) {
  return shape.size ? aligned_up(kTlsWords, alignment_of_block(shape)) + shape.size : 0;
}

/// The highest place for a block below `end` (of a stack that grows down from there); the stack may
/// begin at the result, a multiple of 8. `end` itself when the program needs no block.
constexpr uintptr_t block_below(uintptr_t end, const TlsShape& shape) {
  if (shape.size == 0) return end;
  const uintptr_t alignment = alignment_of_block(shape);
  return (end - size_of_block(shape)) & ~(alignment - 1);
}

/// Makes the block at `block`, which is zeros, and so the thread pointer, ready.
inline void fill_block(std::byte* block, const TlsShape& shape) {
  const auto* begin = reinterpret_cast<const std::byte*>(&shape) + shape.from_here;
  std::memcpy(block + aligned_up(kTlsWords, alignment_of_block(shape)), begin, shape.filled);
}

}  // namespace runtime
