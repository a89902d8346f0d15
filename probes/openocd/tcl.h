// Words for OpenOCD's command language.
#pragma once

#include <string>
#include <string_view>

namespace probes::openocd {

/// `text` as one TCL word that stands for itself, whatever characters it has.
std::string tcl_word(std::string_view text);

}  // namespace probes::openocd
