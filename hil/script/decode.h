// Reads a YAML mapping by its declaration.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "hil/script/argument.h"
#include "hil/script/document.h"

namespace hil::script {

/// What decoding needs besides the node.
struct Context {
  Problems& problems;
  /// Folders in which a relative file name is looked up, first match wins.
  std::vector<std::filesystem::path> folders{};
};

/// Reads `node`, the mapping of the thing called `what`, by its declaration. Unknown, doubled and
/// missing keys and every unreadable value become problems; what could be read is in the result.
Arguments decode(const YAML::Node& node, std::string_view what,
                 std::span<const Argument> declaration, Context& context);

/// Reads one value. Empty, with problems, when it is not what `argument` declares.
std::optional<Value> decode_value(const YAML::Node& node, const Argument& argument,
                                  Context& context);

/// Sets the fallback of each declared argument that `arguments` lacks.
void set_fallbacks(std::span<const Argument> declaration, Arguments& arguments);

}  // namespace hil::script
