// A YAML file, loaded: size-limited, and with every exception of the library turned into a problem.
#pragma once

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <optional>
#include <string>

#include "hil/script/problem.h"

namespace hil::script {

inline constexpr size_t kDocumentLimit = 1024 * 1024;

/// The text of a file. Empty, with a problem, when there is none, it cannot be read, or it is
/// larger than `kDocumentLimit`.
std::optional<std::string> read_document(const std::filesystem::path& file, Problems& problems);

/// The document's root, which is a mapping. Empty, with a problem, when it is malformed.
std::optional<YAML::Node> parse_document(const std::string& text, Problems& problems);

Mark mark_of(const YAML::Node& node);

}  // namespace hil::script
