#include "hil/script/argument.h"

#include "base/result.h"

namespace hil::script {

std::string_view type_name(Type type) {
  switch (type) {
    case Type::kText:
      return "a text";
    case Type::kEscaped:
      return "a text with escapes";
    case Type::kPattern:
      return "a regular expression";
    case Type::kChoice:
      return "one of a list";
    case Type::kChoices:
      return "several of a list";
    case Type::kFlag:
      return "true or false";
    case Type::kCount:
      return "a whole number";
    case Type::kWord:
      return "a 32-bit word";
    case Type::kWords:
      return "a 32-bit word or a list of them";
    case Type::kDuration:
      return "a duration";
    case Type::kSize:
      return "a size";
    case Type::kBaud:
      return "a baud rate";
    case Type::kFile:
      return "a file";
    case Type::kTexts:
      return "a list of texts";
    case Type::kLimits:
      return "a pair of limits";
    case Type::kBound:
      return "a number";
    case Type::kObject:
      return "a mapping";
    case Type::kObjects:
      return "a list of mappings";
  }
  __builtin_unreachable();
}

std::string example_of(const Argument& argument) {
  if (!argument.example.empty()) return std::string(argument.example);
  if (!argument.fallback.empty()) return std::string(argument.fallback);
  switch (argument.type) {
    case Type::kText:
      return "text";
    case Type::kEscaped:
      return "'ping\\n'";
    case Type::kPattern:
      return "'kernel: ready'";
    case Type::kChoice:
      return std::string(argument.choices.front());
    case Type::kChoices:
      return "[" + std::string(argument.choices.front()) + "]";
    case Type::kFlag:
      return "true";
    case Type::kCount:
      return "4";
    case Type::kWord:
      return "0x20000000";
    case Type::kWords:
      return "[0x1, 0x2]";
    case Type::kDuration:
      return "5 s";
    case Type::kSize:
      return "64 KiB";
    case Type::kBaud:
      return "115200 Bd";
    case Type::kFile:
      return "touchstone.img";
    case Type::kTexts:
      return "[text]";
    case Type::kLimits:
      return "{max: 500}";
    case Type::kBound:
      return "500";
    case Type::kObject:
    case Type::kObjects: {
      std::string fields;
      for (const Argument& field : argument.fields)
        if (field.required)
          fields +=
              (fields.empty() ? "" : ", ") + std::string(field.name) + ": " + example_of(field);
      return argument.type == Type::kObject ? "{" + fields + "}" : "[{" + fields + "}]";
    }
  }
  __builtin_unreachable();
}

Mark Arguments::mark(std::string_view name) const {
  const auto found = values_.find(std::string(name));
  return found == values_.end() ? mark_ : found->second.mark;
}

void Arguments::set(std::string_view name, Value value, Mark mark) {
  values_.insert_or_assign(std::string(name), Entry{std::move(value), mark});
}

template <class T>
const T& Arguments::get(std::string_view name) const {
  const auto found = values_.find(std::string(name));
  base::require(found != values_.end());
  const T* value = std::get_if<T>(&found->second.value);
  base::require(value != nullptr);
  return *value;
}

template const std::string& Arguments::get(std::string_view) const;
template const std::vector<std::string>& Arguments::get(std::string_view) const;
template const bool& Arguments::get(std::string_view) const;
template const uint64_t& Arguments::get(std::string_view) const;
template const std::vector<uint32_t>& Arguments::get(std::string_view) const;
template const probes::BoardTime& Arguments::get(std::string_view) const;
template const Limits& Arguments::get(std::string_view) const;
template const Pattern& Arguments::get(std::string_view) const;
template const std::vector<Arguments>& Arguments::get(std::string_view) const;

}  // namespace hil::script
