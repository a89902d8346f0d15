// The log ring.
#include "kernel/core/log.h"

#include <algorithm>

namespace kernel {

std::string_view Log::front() const {
  const uint32_t at = read_ % kLogBytes;
  return {bytes_.data() + at, std::min(size(), kLogBytes - at)};
}

uint32_t Log::newest(std::span<char> out) const {
  const auto most = static_cast<uint32_t>(std::min<size_t>(out.size(), kLogBytes));
  const uint32_t count = std::min(most, written_);  // until `written_` has wrapped once
  for (uint32_t i = 0; i < count; ++i) out[i] = bytes_[(written_ - count + i) % kLogBytes];
  return count;
}

void Log::put(std::string_view text) {
  uint32_t at = written_;
  for (const char c : text) bytes_[at++ % kLogBytes] = c;
  written_ = at;
  if (size() <= kLogBytes) return;
  lost_ += size() - kLogBytes;
  read_ = written_ - kLogBytes;
}

void Log::put_decimal(uint32_t value) {
  char digits[10];
  unsigned count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (count > 0) put(std::string_view(&digits[--count], 1));
}

void Log::put(Hex value) {
  char text[10] = {'0', 'x'};
  for (unsigned i = 0; i < 8; ++i)
    text[2 + i] = "0123456789abcdef"[value.value >> (28 - 4 * i) & 15];
  put(std::string_view(text, sizeof text));
}

}  // namespace kernel
