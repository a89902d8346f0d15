// Where the areas of one process's address space are, drawn anew for every start.
#pragma once

#include <cstdint>

#include "kernel/core/random.h"

namespace kernel {

/// Addresses, all of them of whole pages (kernel/abi/layout.h).
struct Layout {
  uint32_t slide = 0;  ///< added to every address of the image's segments
  uint32_t heap = 0;
  uint32_t loans = 0;
  uint32_t devices = 0;
  uint32_t arguments = 0;
  uint32_t stack_top = 0;
};

/// For a program whose segments end at `image_end` when they do not slide. Where nothing keyed
/// `random`, everything is where its area begins.
Layout choose_layout(Random& random, uint32_t image_end);

}  // namespace kernel
