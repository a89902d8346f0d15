// What process.ld knows about the program that it links. Device only, for the runtime itself.
#pragma once

#include <cstddef>

#include "firmware/runtime/tls.h"

namespace runtime {

extern "C" const TlsShape runtime_tls_shape;
extern "C" std::byte runtime_first_tls[];

}  // namespace runtime
