// The step kinds, each in a file of its own, and the one table that lists them.
#pragma once

#include <span>

#include "hil/script/kind.h"

namespace hil::steps {

/// Every kind that a script can use, in the order of the reference.
std::span<const script::Kind> all();

script::Kind power();
script::Kind reset();
script::Kind flash();
script::Kind expect();
script::Kind send();
script::Kind jtag();
script::Kind caches();
script::Kind measure();
script::Kind trace();
script::Kind assertion();

}  // namespace hil::steps
