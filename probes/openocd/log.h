// Reading what OpenOCD wrote to its log.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace probes::openocd {

/// The file's last 64 KiB; empty if it cannot be read.
std::string read_log(const std::filesystem::path& file);
/// The port in "Listening on port N for <service> connections".
std::optional<uint16_t> listening_port(std::string_view log, std::string_view service);
/// OpenOCD's last errors, or its last line, in one line; then, where known, what they mean.
std::string last_words(std::string_view log);

}  // namespace probes::openocd
