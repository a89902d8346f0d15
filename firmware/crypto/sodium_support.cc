// What libsodium's verification needs from the system around it, for a device with no C library.
#include <sodium/utils.h>

#include <cstddef>

extern "C" {

void sodium_memzero(void* const bytes, const size_t length) {
  // The empty statement "reads" the memory, so the stores before it are not dead.
  __builtin_memset(bytes, 0, length);
  __asm__ volatile("" : : "r"(bytes) : "memory");
}

int sodium_memcmp(const void* const a, const void* const b, size_t length) {
  const auto* x = static_cast<const unsigned char*>(a);
  const auto* y = static_cast<const unsigned char*>(b);
  unsigned difference = 0;
  for (size_t i = 0; i < length; ++i) difference |= x[i] ^ y[i];
  return static_cast<int>((difference - 1) >> 8 & 1) - 1;  // 0 if equal, -1 if not; constant time
}

int sodium_is_zero(const unsigned char* bytes, const size_t length) {
  unsigned any = 0;
  for (size_t i = 0; i < length; ++i) any |= bytes[i];
  return static_cast<int>((any - 1) >> 8 & 1);
}
}
