// The part of OpenOCD's configuration that differs from bench to bench: which adapter holds the
// board.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probes/failure.h"

namespace probes::openocd {

/// TCL lines that choose an adapter, for Config::adapter.
using Lines = std::vector<std::string>;

/// The virtual board's Bus Pirate, at the terminal `path`.
Lines virtual_buspirate(std::string_view path);
/// The virtual board's remote_bitbang port: a unix socket's path, or "127.0.0.1:port".
Lines virtual_remote_bitbang(std::string_view address);

/// An adapter for silicon: the name of a file in `probes/openocd/adapters` without ".cfg", or the
/// path of a configuration file of one's own. `serial` picks one probe of several; empty: the only
/// one there is. Fails with a list of the names there are.
Outcome<Lines> silicon(std::string_view name, std::string_view serial = "");
/// Those names, sorted.
std::vector<std::string> silicon_names();

}  // namespace probes::openocd
