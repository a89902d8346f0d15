#include "firmware/images/elf.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

namespace firmware::images {
namespace {

Failure failure(std::string what) {
  return Failure{std::move(what)};
}

template <class T>
std::optional<T> read_at(std::span<const std::byte> file, uint64_t offset) {
  if (offset > file.size() || file.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, file.data() + offset, sizeof value);
  return value;
}

Outcome<Elf32_Ehdr> read_header(std::span<const std::byte> file) {
  const auto header = read_at<Elf32_Ehdr>(file, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
    return failure("not an ELF file");
  if (header->e_ident[EI_CLASS] != ELFCLASS32 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
      header->e_machine != EM_ARM)
    return failure(
        "not an ELF file for 32-bit little-endian Arm; build it with the device's toolchain");
  if (header->e_type != ET_EXEC)
    return failure("not an executable ELF file; link it with -static and the linker script");
  if (header->e_phentsize != sizeof(Elf32_Phdr))
    return failure("damaged: program headers of " + std::to_string(header->e_phentsize) + " bytes");
  if (header->e_entry % 4 != 0)
    return failure(
        "its entry point is not ARM code on a word; compile the first function with -marm");
  return *header;
}

Outcome<std::optional<ElfSegment>> read_segment(std::span<const std::byte> file,
                                                const Elf32_Phdr& program) {
  using None = std::optional<ElfSegment>;
  if (program.p_type == PT_DYNAMIC || program.p_type == PT_INTERP)
    return failure("linked dynamically; link it with -static");
  if (program.p_type != PT_LOAD || program.p_memsz == 0) return None{};
  if (program.p_filesz > program.p_memsz)
    return failure("damaged: a segment is larger in the file than in memory");
  if (program.p_offset > file.size() || file.size() - program.p_offset < program.p_filesz)
    return failure("truncated: a segment ends behind the end of the file");
  if (uint64_t{program.p_vaddr} + program.p_memsz > uint64_t{1} << 32)
    return failure("damaged: a segment leaves the address space");
  return std::optional<ElfSegment>(
      ElfSegment{.address = program.p_vaddr,
                 .physical = program.p_paddr,
                 .memory_size = program.p_memsz,
                 .contents = file.subspan(program.p_offset, program.p_filesz),
                 .write = (program.p_flags & PF_W) != 0,
                 .execute = (program.p_flags & PF_X) != 0});
}

}  // namespace

Outcome<Elf> parse_elf(std::span<const std::byte> file) {
  const Elf32_Ehdr header = TRY(read_header(file));
  Elf elf{.entry = header.e_entry};
  std::optional<Elf32_Phdr> tls;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    const auto program =
        read_at<Elf32_Phdr>(file, uint64_t{header.e_phoff} + i * sizeof(Elf32_Phdr));
    if (!program) return failure("truncated: the program headers end behind the end of the file");
    if (program->p_type == PT_TLS) tls = program;
    if (const auto segment = TRY(read_segment(file, *program))) elf.segments.push_back(*segment);
  }
  if (elf.segments.empty()) return failure("has nothing to load");

  // The runtime copies the template of thread_local variables; to the kernel it is data.
  if (tls &&
      std::ranges::none_of(elf.segments,
                           [&](const ElfSegment& segment) {
                             return tls->p_vaddr >= segment.address &&
                                    uint64_t{tls->p_vaddr} + tls->p_filesz <=
                                        uint64_t{segment.address} + segment.contents.size();
                           }) &&
      tls->p_filesz != 0)
    return failure(
        "its thread-local variables start as something that is not loaded; link it with "
        "firmware/runtime/process.ld");

  std::ranges::sort(elf.segments, {}, &ElfSegment::address);
  for (size_t i = 1; i < elf.segments.size(); ++i) {
    const ElfSegment& below = elf.segments[i - 1];
    if (uint64_t{below.address} + below.memory_size > elf.segments[i].address)
      return failure("damaged: two segments overlap");
  }
  return elf;
}

}  // namespace firmware::images
