// Numbers with units, as people write them: `5 s`, `200 ms`, `64 KiB`, `0x2000_0000`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "probes/time.h"

namespace hil::script {

/// Why a text is not the quantity that it should be, and what to write instead.
struct Misread {
  std::string what;
};
template <class T>
using Reading = base::Result<T, Misread>;

/// `5 s`, `1.5 min`, `200 ms`, `10 us`, `50 ns`. The unit is mandatory, the space is not.
Reading<probes::BoardTime> read_duration(std::string_view text);

/// `512 B`, `64 KiB`, `4 MiB`, `1.5 GiB`. The unit is mandatory.
Reading<uint64_t> read_size(std::string_view text);

/// `115200 Bd`.
Reading<uint64_t> read_baud(std::string_view text);

/// Decimal or 0x hexadecimal, `_` between digits allowed, up to `highest`. No unit.
Reading<uint64_t> read_integer(std::string_view text, uint64_t highest);

/// A number with or without a unit word: `500`, `500 insn`, `3.5 us`.
struct Quantity {
  double value = 0;
  std::string unit{};
};
Reading<Quantity> read_quantity(std::string_view text);

/// `\n`, `\r`, `\t`, `\0`, `\e`, `\\`, `\xHH` become the bytes they stand for.
Reading<std::string> read_escapes(std::string_view text);

std::string write_duration(probes::BoardTime time);
std::string write_size(uint64_t bytes);

}  // namespace hil::script
