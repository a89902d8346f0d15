#include "probes/openocd/tcl.h"

namespace probes::openocd {

std::string tcl_word(std::string_view text) {
  std::string word = "\"";
  for (const char c : text) {
    switch (c) {
      case '\n':
        word += "\\n";
        break;
      case '\r':
        word += "\\r";
        break;
      case '\x1a':  // ends a command of the remote procedure calls
        word += "\\x1a";
        break;
      case '\0':
        break;
      case '"':
      case '\\':
      case '$':
      case '[':
      case ']':
      case '{':
      case '}':
        word += '\\';
        [[fallthrough]];
      default:
        word += c;
    }
  }
  return word + '"';
}

}  // namespace probes::openocd
