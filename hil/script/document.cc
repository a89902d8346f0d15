#include "hil/script/document.h"

#include <string.h>

#include <fstream>

namespace hil::script {

std::optional<std::string> read_document(const std::filesystem::path& file, Problems& problems) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    problems.add({}, "no such file");
    return {};
  }
  if (std::filesystem::is_directory(file, error)) {
    problems.add({}, "this is a folder; name a file in it");
    return {};
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  std::string text(kDocumentLimit + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream.is_open() || stream.bad()) {
    problems.add({}, std::string("cannot be read: ") + strerror(errno));
    return {};
  }
  text.resize(static_cast<size_t>(stream.gcount()));
  if (text.size() > kDocumentLimit) {
    problems.add({}, "larger than 1 MiB; this is not a file of ours");
    return {};
  }
  return text;
}

std::optional<YAML::Node> parse_document(const std::string& text, Problems& problems) {
  try {
    YAML::Node root = YAML::Load(text);
    if (!root.IsDefined() || root.IsNull()) {
      problems.add({}, "the file is empty");
      return {};
    }
    if (!root.IsMap()) {
      problems.add(mark_of(root), "the file must be a mapping, that is lines of `key: value`");
      return {};
    }
    return root;
  } catch (const YAML::Exception& exception) {
    const YAML::Mark& mark = exception.mark;
    problems.add(mark.is_null() ? Mark{} : Mark{mark.line + 1, mark.column + 1},
                 "malformed YAML: " + exception.msg);
    return {};
  }
}

Mark mark_of(const YAML::Node& node) {
  const YAML::Mark mark = node.Mark();
  return mark.is_null() ? Mark{} : Mark{mark.line + 1, mark.column + 1};
}

}  // namespace hil::script
