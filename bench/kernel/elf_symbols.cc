#include "bench/kernel/elf_symbols.h"

#include <cxxabi.h>
#include <elf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>

namespace bench::kernel {

using probes::Failure;
using probes::Outcome;

std::string Symbols::function_at(uint32_t address) const {
  auto after = by_address.upper_bound(address);
  if (after == by_address.begin()) return "?";
  const std::string& name = std::prev(after)->second;
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), std::free);
  std::string plain = status == 0 ? text.get() : name;
  if (const size_t end = plain.find('(');
      end != 0 && end != std::string::npos && !plain.starts_with("kernel::(anonymous")) {
    plain.resize(end);
  }
  // Braces ("{lambda}") would look like JSON to who reads both.
  std::ranges::replace(plain, '{', '<');
  std::ranges::replace(plain, '}', '>');
  return plain;
}

Outcome<Symbols> read_symbols(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  const auto bad = [&] { return Failure{file.string() + " is missing or no ELF32 file"}; };
  const auto read = [&](auto& to, size_t offset) {
    if (offset > bytes.size() || bytes.size() - offset < sizeof to) return false;
    std::memcpy(&to, bytes.data() + offset, sizeof to);
    return true;
  };
  Elf32_Ehdr header;
  if (!read(header, 0) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return bad();
  Symbols symbols;
  for (unsigned i = 0; i < header.e_shnum; ++i) {
    Elf32_Shdr section, strings;
    if (!read(section, header.e_shoff + i * sizeof section)) return bad();
    if (section.sh_type != SHT_SYMTAB) continue;
    if (!read(strings, header.e_shoff + section.sh_link * sizeof strings)) return bad();
    for (uint32_t at = 0; at + sizeof(Elf32_Sym) <= section.sh_size; at += sizeof(Elf32_Sym)) {
      Elf32_Sym symbol;
      if (!read(symbol, section.sh_offset + at)) return bad();
      if (strings.sh_offset + symbol.st_name >= bytes.size()) return bad();
      const std::string name = bytes.c_str() + strings.sh_offset + symbol.st_name;
      if (name.empty() || name[0] == '$') continue;
      symbols.by_name[name] = symbol.st_value;
      const unsigned type = ELF32_ST_TYPE(symbol.st_info);
      if (name.starts_with("kernel_poll.")) continue;  // a place within a function
      if (type == STT_FUNC || (type == STT_NOTYPE && symbol.st_shndx == 1)) {
        symbols.by_address[symbol.st_value & ~1u] = name;
      }
    }
  }
  return symbols;
}

}  // namespace bench::kernel
