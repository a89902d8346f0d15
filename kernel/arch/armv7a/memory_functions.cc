// What the compiler may call. In a file of its own, built without link-time optimization and
// without builtins, or the loops would be turned into calls of themselves. Zeroing and copying
// pages is most of their work: 32 bytes at a time with two instructions.
#include <cstddef>
#include <cstdint>

namespace {
using Word [[gnu::may_alias]] = uint32_t;
constexpr size_t kBlock = 32;

bool aligned(const void* a, const void* b) {
  return ((reinterpret_cast<uintptr_t>(a) | reinterpret_cast<uintptr_t>(b)) & 3) == 0;
}
}  // namespace

extern "C" {

void* memcpy(void* to, const void* from, size_t size) {
  auto* out = static_cast<char*>(to);
  auto* in = static_cast<const char*>(from);
  if (aligned(out, in)) {
    if (size_t blocks = size & ~(kBlock - 1)) {
      size -= blocks;
      asm volatile(
          "1: ldmia %[in]!, {r4-r6, r8-r10, r12, lr}\n"
          "subs %[blocks], %[blocks], #32\n"
          "stmia %[out]!, {r4-r6, r8-r10, r12, lr}\n"
          "bne 1b\n"
          : [in] "+r"(in), [out] "+r"(out), [blocks] "+r"(blocks)
          :
          : "r4", "r5", "r6", "r8", "r9", "r10", "r12", "lr", "cc", "memory");
    }
    for (; size >= 4; size -= 4, out += 4, in += 4) {
      *reinterpret_cast<Word*>(out) = *reinterpret_cast<const Word*>(in);
    }
  }
  for (; size != 0; --size) *out++ = *in++;
  return to;
}

void* memset(void* to, int value, size_t size) {
  auto* out = static_cast<char*>(to);
  if (aligned(out, out)) {
    const uint32_t word = (value & 0xff) * 0x0101'0101u;
    if (size_t blocks = size & ~(kBlock - 1)) {
      size -= blocks;
      asm volatile(
          "mov r4, %[word]\n"
          "mov r5, %[word]\n"
          "mov r6, %[word]\n"
          "mov r8, %[word]\n"
          "1: stmia %[out]!, {r4-r6, r8}\n"
          "subs %[blocks], %[blocks], #32\n"
          "stmia %[out]!, {r4-r6, r8}\n"
          "bne 1b\n"
          : [out] "+r"(out), [blocks] "+r"(blocks)
          : [word] "r"(word)
          : "r4", "r5", "r6", "r8", "cc", "memory");
    }
    for (; size >= 4; size -= 4, out += 4) *reinterpret_cast<Word*>(out) = word;
  }
  for (; size != 0; --size) *out++ = static_cast<char>(value);
  return to;
}

void* memmove(void* to, const void* from, size_t size) {
  auto* out = static_cast<char*>(to);
  auto* in = static_cast<const char*>(from);
  if (out < in) return memcpy(to, from, size);
  while (size-- != 0) out[size] = in[size];
  return to;
}

size_t strlen(const char* text) {
  size_t size = 0;
  while (text[size] != '\0') ++size;
  return size;
}

int memcmp(const void* a, const void* b, size_t size) {
  auto* left = static_cast<const unsigned char*>(a);
  auto* right = static_cast<const unsigned char*>(b);
  for (; size != 0; --size, ++left, ++right) {
    if (*left != *right) return *left - *right;
  }
  return 0;
}

}  // extern "C"
