// The functions of an ELF32 file, for naming addresses.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "probes/failure.h"

namespace bench::kernel {

struct Symbols {
  std::map<std::string, uint32_t> by_name;
  std::map<uint32_t, std::string> by_address;  ///< functions and labels of code

  /// The function that `address` lies in, demangled without its arguments.
  std::string function_at(uint32_t address) const;
};

probes::Outcome<Symbols> read_symbols(const std::filesystem::path& file);

}  // namespace bench::kernel
