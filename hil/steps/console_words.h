// What steps that wait on the console say about it.
#pragma once

#include <string>

#include "probes/console/console.h"
#include "probes/console/text.h"

namespace hil::steps {

/// "; the console's last lines:" and up to eight of them, or that there was none.
inline std::string last_lines(const probes::console::Console& console) {
  const auto recent = console.recent();
  if (recent.empty()) return "; the console said nothing";
  std::string text = "; the console's last lines:";
  for (size_t i = recent.size() > 8 ? recent.size() - 8 : 0; i < recent.size(); ++i)
    text += "\n  | " + probes::console::printable(recent[i].text.substr(0, 200));
  return text;
}

}  // namespace hil::steps
