// Device registers. The only volatile in the tree.
#pragma once

#include <cstdint>

namespace base::mmio {

/// One peripheral's register window at `address` (virtual where the MMU is on).
class Region {
 public:
  explicit constexpr Region(uintptr_t address) : address_(address) {}
  template <class Word>
  Word load(uint32_t offset) const {
    return *reinterpret_cast<volatile Word*>(address_ + offset);
  }
  template <class Word>
  void store(uint32_t offset, Word value) const {
    *reinterpret_cast<volatile Word*>(address_ + offset) = value;
  }

 private:
  uintptr_t address_;
};

}  // namespace base::mmio
