// What a subject may do with each page of its address space, as the kernel promised it.
#pragma once

#include <array>
#include <span>

#include "kernel/abi/layout.h"
#include "tests/kernel/suite/subjects.h"

namespace suite {

struct Area {
  uint32_t begin = 0, end = 0;  ///< whole pages
  bool read = false, write = false, execute = false;
  bool contains(uint32_t address) const { return address >= begin && address < end; }
};

enum class Access : uint32_t { kRead = 1, kWrite = 2, kExecute = 3 };  // as in Action

class Map {
 public:
  /// Asks the subject. False: it did not answer.
  [[nodiscard]] bool ask(const Subject& subject);

  std::span<const Area> areas() const { return {areas_.data(), count_}; }
  bool allows(uint32_t address, Access access) const;
  /// Every byte of the range.
  bool allows(uint32_t address, uint32_t bytes, Access access) const;
  /// Somebody else has the buffer, or may read it.
  void lent(bool mutably);

  Area buffer{}, heap{}, held{}, taken{};
  uint32_t just_return = 0;  ///< address of an instruction that does no harm

 private:
  void add(const Area& area);
  std::array<Area, 12> areas_{};
  size_t count_ = 0;
};

}  // namespace suite
