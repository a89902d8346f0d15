// The names that the compiler calls. Built with -fno-builtin and
// -fno-tree-loop-distribute-patterns, or the loops would be turned into calls of themselves.
#include "firmware/runtime/memory_functions.h"

extern "C" {

void* memcpy(void* to, const void* from, size_t count) {
  runtime::copy_bytes(to, from, count);
  return to;
}
void* memmove(void* to, const void* from, size_t count) {
  runtime::move_bytes(to, from, count);
  return to;
}
void* memset(void* to, int value, size_t count) {
  runtime::set_bytes(to, value, count);
  return to;
}
int memcmp(const void* a, const void* b, size_t count) {
  return runtime::compare_bytes(a, b, count);
}
}
