#include "probes/openocd/adapter.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "probes/openocd/tcl.h"

namespace probes::openocd {
namespace {

namespace fs = std::filesystem;
// The virtual reset line takes no time to rise.
constexpr const char* kVirtualReset = "reset_config srst_only";

}  // namespace

Lines virtual_buspirate(std::string_view path) {
  return {"adapter driver buspirate", "buspirate port " + tcl_word(path), "buspirate speed normal",
          "transport select jtag", kVirtualReset};
}

Lines virtual_remote_bitbang(std::string_view address) {
  Lines lines{"adapter driver remote_bitbang"};
  const size_t colon = address.rfind(':');
  if (colon != std::string_view::npos && address.find('/') == std::string_view::npos) {
    lines.push_back("remote_bitbang host " + tcl_word(address.substr(0, colon)));
    lines.push_back("remote_bitbang port " + tcl_word(address.substr(colon + 1)));
  } else {
    lines.push_back("remote_bitbang host " + tcl_word(address));
  }
  lines.insert(lines.end(), {"transport select jtag", kVirtualReset});
  return lines;
}

std::vector<std::string> silicon_names() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(PROBES_OPENOCD_ADAPTERS, error))
    if (entry.path().extension() == ".cfg") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

Outcome<Lines> silicon(std::string_view name, std::string_view serial) {
  std::error_code ignored;
  fs::path file = fs::path(PROBES_OPENOCD_ADAPTERS) / (std::string(name) + ".cfg");
  if (!fs::is_regular_file(file, ignored)) file = fs::path(name);
  if (!fs::is_regular_file(file, ignored)) {
    std::string known;
    for (const std::string& each : silicon_names()) known += (known.empty() ? "" : ", ") + each;
    return Failure{"there is no adapter '" + std::string(name) + "'; known are " + known +
                   ", or give the path of an OpenOCD configuration file"};
  }
  Lines lines{"source " + tcl_word(fs::absolute(file).string())};
  if (!serial.empty()) lines.push_back("adapter serial " + tcl_word(serial));
  return lines;
}

}  // namespace probes::openocd
