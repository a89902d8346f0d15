// memcpy and its kin, as plain functions under names of our own, so that the host tests them too.
// Word by word where both sides are aligned alike; bytes otherwise. (The device has no libc.)
#pragma once

#include <cstddef>
#include <cstdint>

namespace runtime {

namespace detail {
// May alias anything: these functions move other types' bytes.
using Word [[gnu::may_alias]] = uint32_t;
inline constexpr uintptr_t kWordMask = sizeof(Word) - 1;
inline bool aligned_alike(const void* a, const void* b) {
  return ((reinterpret_cast<uintptr_t>(a) ^ reinterpret_cast<uintptr_t>(b)) & kWordMask) == 0;
}
inline bool on_word(const void* p) {
  return (reinterpret_cast<uintptr_t>(p) & kWordMask) == 0;
}
}  // namespace detail

/// The ranges must not overlap.
inline void copy_bytes(void* to, const void* from, size_t count) {
  auto* d = static_cast<uint8_t*>(to);
  auto* s = static_cast<const uint8_t*>(from);
  if (detail::aligned_alike(d, s)) {
    for (; count && !detail::on_word(d); --count) *d++ = *s++;
    for (; count >= 16; count -= 16, d += 16, s += 16) {
      auto* dw = reinterpret_cast<detail::Word*>(d);
      auto* sw = reinterpret_cast<const detail::Word*>(s);
      const uint32_t a = sw[0], b = sw[1], c = sw[2], e = sw[3];
      dw[0] = a;
      dw[1] = b;
      dw[2] = c;
      dw[3] = e;
    }
    for (; count >= 4; count -= 4, d += 4, s += 4)
      *reinterpret_cast<detail::Word*>(d) = *reinterpret_cast<const detail::Word*>(s);
  }
  for (; count; --count) *d++ = *s++;
}

/// The ranges may overlap.
inline void move_bytes(void* to, const void* from, size_t count) {
  const auto distance = reinterpret_cast<uintptr_t>(to) - reinterpret_cast<uintptr_t>(from);
  if (distance >= count) {
    // Forwards is safe: what is written was read before. (`to` below `from` wraps to a large
    // distance; the blocks of copy_bytes read all they need before they write.)
    copy_bytes(to, from, count);
    return;
  }
  auto* d = static_cast<uint8_t*>(to) + count;
  auto* s = static_cast<const uint8_t*>(from) + count;
  if (detail::aligned_alike(d, s)) {
    for (; count && !detail::on_word(d); --count) *--d = *--s;
    for (; count >= 4; count -= 4) {
      d -= 4;
      s -= 4;
      *reinterpret_cast<detail::Word*>(d) = *reinterpret_cast<const detail::Word*>(s);
    }
  }
  for (; count; --count) *--d = *--s;
}

inline void set_bytes(void* to, int value, size_t count) {
  auto* d = static_cast<uint8_t*>(to);
  const auto byte = static_cast<uint8_t>(value);
  for (; count && !detail::on_word(d); --count) *d++ = byte;
  const uint32_t word = byte * 0x01010101u;
  for (; count >= 4; count -= 4, d += 4) *reinterpret_cast<detail::Word*>(d) = word;
  for (; count; --count) *d++ = byte;
}

/// Negative, zero or positive as the first differing byte says. Not for secrets: it stops there.
inline int compare_bytes(const void* a, const void* b, size_t count) {
  auto* x = static_cast<const uint8_t*>(a);
  auto* y = static_cast<const uint8_t*>(b);
  for (; count; --count, ++x, ++y)
    if (*x != *y) return *x < *y ? -1 : 1;
  return 0;
}

}  // namespace runtime
