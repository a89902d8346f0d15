// Which programs a result was made with.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hil::run {

inline constexpr const char* kVersion = "0.1.0";

/// Our version, the commit of the source tree, the compiler, OpenOCD's version.
std::vector<std::pair<std::string, std::string>> tool_versions();

}  // namespace hil::run
