// Small ELF files for tests.
#pragma once

#include <elf.h>

#include <cstring>
#include <vector>

#include "firmware/images/failure.h"

namespace firmware::images {

/// An executable of a few segments. Change header and programs, then bytes() lays them out.
struct SmallElf {
  struct Piece {
    Elf32_Phdr program{};
    Bytes contents{};
  };

  explicit SmallElf(uint32_t entry) {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS32;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_EXEC;
    header.e_machine = EM_ARM;
    header.e_version = EV_CURRENT;
    header.e_entry = entry;
    header.e_phoff = sizeof header;
    header.e_ehsize = sizeof header;
    header.e_phentsize = sizeof(Elf32_Phdr);
  }

  SmallElf& add(uint32_t address, uint32_t flags, size_t file_size, size_t memory_size,
                std::byte fill = std::byte{0xa5}) {
    Piece piece;
    piece.program.p_type = PT_LOAD;
    piece.program.p_vaddr = piece.program.p_paddr = address;
    piece.program.p_filesz = static_cast<uint32_t>(file_size);
    piece.program.p_memsz = static_cast<uint32_t>(memory_size);
    piece.program.p_flags = flags;
    piece.contents.assign(file_size, fill);
    pieces.push_back(std::move(piece));
    return *this;
  }

  Bytes bytes() const {
    Elf32_Ehdr head = header;
    head.e_phnum = static_cast<Elf32_Half>(pieces.size());
    Bytes bytes(sizeof head + pieces.size() * sizeof(Elf32_Phdr));
    std::memcpy(bytes.data(), &head, sizeof head);
    for (size_t i = 0; i < pieces.size(); ++i) {
      Elf32_Phdr program = pieces[i].program;
      program.p_offset += static_cast<uint32_t>(bytes.size());
      std::memcpy(bytes.data() + sizeof head + i * sizeof program, &program, sizeof program);
      bytes.insert(bytes.end(), pieces[i].contents.begin(), pieces[i].contents.end());
    }
    return bytes;
  }

  Elf32_Ehdr header{};
  std::vector<Piece> pieces;
};

/// A process with code and data, as its linker script would place them.
inline SmallElf small_process(std::byte fill = std::byte{0xa5}) {
  return SmallElf(0x0001'0000)
      .add(0x0001'0000, PF_R | PF_X, 5000, 5000, fill)
      .add(0x0001'2000, PF_R | PF_W, 24, 9000, fill);
}

/// A kernel linked for the page behind the image's header.
inline SmallElf small_kernel() {
  return SmallElf(0xc000'1000)
      .add(0xc000'1000, PF_R | PF_X, 7000, 7000)
      .add(0xc000'3000, PF_R | PF_W, 16, 20000);
}

}  // namespace firmware::images
