#include "hil/steps/steps.h"

#include <array>

namespace hil::steps {

std::span<const script::Kind> all() {
  static const std::array kinds = {power(), reset(),  flash(),   expect(), send(),
                                   jtag(),  caches(), measure(), trace(),  assertion()};
  return kinds;
}

}  // namespace hil::steps
