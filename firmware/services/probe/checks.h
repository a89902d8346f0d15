// Things to try on the running system, from an ordinary process.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"

namespace services::probe {

struct Check {
  std::string_view name{};
  base::Result<void> (*run)() = nullptr;
};

std::span<const Check> checks();

}  // namespace services::probe
