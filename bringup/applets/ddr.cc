#include "bringup/applets/ddr.h"

#include "base/modules.h"

namespace bringup::applets {
namespace {

constexpr uint8_t kModule = base::module_number("bringup/applets/ddr.cc");
constexpr uint32_t kStretch = 16 * 1024;  // bytes of each stretch of the pattern test

class Tester {
 public:
  Tester(base::mmio::Region ram, uint32_t size, MemoryFault& fault)
      : ram_(ram), size_(size), fault_(fault) {}

  /// Each data line alone high, alone low.
  base::Result<void> data_lines() {
    for (unsigned bit = 0; bit < 32; ++bit) {
      for (const uint32_t value : {1u << bit, ~(1u << bit)}) {
        write(0, value);
        write(4, ~value);  // so that the bus does not just remember
        TRY(expect(0, value));
        TRY(expect(4, ~value));
      }
    }
    return {};
  }

  /// Each address line alone high: two that are one, or one that is none, show as a word
  /// overwritten.
  base::Result<void> address_lines() {
    write(0, signature(0));
    for (uint32_t line = 4; line < size_; line <<= 1) write(line, signature(line));
    TRY(expect(0, signature(0)));
    for (uint32_t line = 4; line < size_; line <<= 1) TRY(expect(line, signature(line)));
    return {};
  }

  /// Stretches over the whole memory, first all written, then all read: bursts, bank changes, and
  /// refreshes in between.
  base::Result<void> patterns(uint32_t invert) {
    const uint32_t step = size_ / 8;
    for (uint32_t base = 0; base < size_; base += step)
      for (uint32_t at = base; at < base + kStretch; at += 4) write(at, signature(at) ^ invert);
    for (uint32_t base = 0; base < size_; base += step)
      for (uint32_t at = base; at < base + kStretch; at += 4)
        TRY(expect(at, signature(at) ^ invert));
    return {};
  }

 private:
  static uint32_t signature(uint32_t offset) { return (offset + 1) * 0x9e37'79b1u; }
  void write(uint32_t offset, uint32_t value) { ram_.store<uint32_t>(offset, value); }
  base::Result<void> expect(uint32_t offset, uint32_t value) {
    const uint32_t read = ram_.load<uint32_t>(offset);
    if (read == value) return {};
    fault_ = {.offset = offset, .wrote = value, .read = read};
    return FAIL(kDataLoss);
  }

  base::mmio::Region ram_;
  uint32_t size_;
  MemoryFault& fault_;
};

}  // namespace

base::Result<void> test_memory(base::mmio::Region ram, uint32_t size, MemoryFault& fault) {
  Tester tester(ram, size, fault);
  TRY(tester.data_lines());
  TRY(tester.address_lines());
  TRY(tester.patterns(0));
  TRY(tester.patterns(~0u));
  return {};
}

}  // namespace bringup::applets
