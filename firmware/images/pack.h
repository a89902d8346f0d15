// Lays out a system image, as kernel/abi/image.h describes it, from the kernel, the processes and
// their rights. Equal inputs give equal bytes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "firmware/images/description.h"
#include "firmware/images/elf.h"
#include "firmware/images/resolve.h"

namespace firmware::images {

/// An ELF file that was read, and its name for messages.
struct Executable {
  std::string file{};
  Elf elf{};
};

/// A process: its manifest and its program. Instances of one manifest may share the program.
struct Process {
  const Manifest* manifest = nullptr;
  const Executable* program = nullptr;
};

/// The unsigned image of `system`: key id and signature are zeros. `resolved` is resolve()'s answer
/// for the same processes in the same order. Fails when a program or the kernel breaks a rule of
/// kernel/abi: a segment both writable and executable, off its page, outside the program's part of
/// the address space; a kernel linked elsewhere than where the image puts it; too large for RAM.
Outcome<Bytes> lay_out(const System& system, const Executable& kernel,
                       std::span<const Process> processes, const Resolved& resolved);

}  // namespace firmware::images
