// Console bytes made safe to show: whatever the board sends, what people and parsers see is UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace probes::console {

/// Valid UTF-8 stays; every control byte but tab, and every byte that is not UTF-8, becomes \xNN.
std::string printable(std::string_view bytes);

std::string base64(std::string_view bytes);
/// Skips characters that are not of the alphabet.
std::string from_base64(std::string_view text);

}  // namespace probes::console
