// The JSON Schema of scripts, for editors that complete and check YAML by one.
#include <nlohmann/json.hpp>

#include "hil/script/script.h"

namespace hil::script {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kDurationPattern = "^ *[0-9.]+ *(ns|us|ms|s|min) *$";
constexpr const char* kSizePattern = "^ *[0-9.]+ *(B|KiB|MiB|GiB) *$";
constexpr const char* kWordPattern = "^(0[xX][0-9a-fA-F_]+|[0-9_]+)$";

Json one_of_type(std::initializer_list<const char*> types) {
  return {{"type", Json(types)}};
}

Json word() {
  return {{"anyOf",
           {{{"type", "integer"}, {"minimum", 0}, {"maximum", 0xffff'ffff}},
            {{"type", "string"}, {"pattern", kWordPattern}}}}};
}

Json choices(const Argument& argument) {
  Json list = Json::array();
  for (const std::string_view choice : argument.choices) {
    list.push_back(choice);
    // YAML 1.1 readers take these words for booleans.
    if (choice == "on") list.push_back(true);
    if (choice == "off") list.push_back(false);
  }
  return {{"enum", list}};
}

Json object(const std::vector<Argument>& fields);

Json value_schema(const Argument& argument) {
  switch (argument.type) {
    case Type::kText:
    case Type::kEscaped:
    case Type::kFile:
    case Type::kPattern:
      return one_of_type({"string", "number"});
    case Type::kChoice:
      return choices(argument);
    case Type::kChoices:
      return {{"type", "array"}, {"items", choices(argument)}};
    case Type::kFlag:
      return {{"type", "boolean"}};
    case Type::kCount:
      return {{"type", "integer"}, {"minimum", 0}};
    case Type::kWord:
      return word();
    case Type::kWords:
      return {{"anyOf", {word(), {{"type", "array"}, {"items", word()}}}}};
    case Type::kDuration:
      return {{"type", "string"}, {"pattern", kDurationPattern}};
    case Type::kSize:
      return {{"type", "string"}, {"pattern", kSizePattern}};
    case Type::kBaud:
      return {{"type", "string"}, {"pattern", "^ *[0-9]+ *Bd *$"}};
    case Type::kTexts:
      return {{"type", "array"}, {"items", one_of_type({"string", "number"})}};
    case Type::kLimits:
      return {{"type", "object"},
              {"properties",
               {{"min", one_of_type({"number", "string"})},
                {"max", one_of_type({"number", "string"})}}},
              {"additionalProperties", false},
              {"minProperties", 1}};
    case Type::kBound:
      return one_of_type({"number", "string"});
    case Type::kObject:
      return object(argument.fields);
    case Type::kObjects:
      return {{"type", "array"}, {"items", object(argument.fields)}};
  }
  __builtin_unreachable();
}

Json described(const Argument& argument) {
  Json schema = value_schema(argument);
  if (!argument.about.empty()) schema["description"] = argument.about;
  if (!argument.fallback.empty()) schema["default"] = argument.fallback;
  return schema;
}

Json object(const std::vector<Argument>& fields) {
  Json properties = Json::object(), required = Json::array();
  for (const Argument& field : fields) {
    properties[std::string(field.name)] = described(field);
    if (field.required) required.push_back(field.name);
  }
  Json schema = {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = required;
  return schema;
}

/// Every way of writing the kind's arguments.
Json kind_schema(const Kind& kind) {
  Json ways = Json::array(), bare = Json::array();
  for (const Form& form : kind.forms) {
    if (form.arguments.empty()) {
      bare.push_back(form.head);
      continue;
    }
    ways.push_back(object(form.arguments));
    ways.back()["description"] = form.about;
    const bool scalar_will_do = &form == &kind.forms.front();
    size_t required = 0;
    for (const Argument& argument : form.arguments) required += argument.required;
    if (scalar_will_do && required == 1) ways.push_back(described(form.arguments.front()));
  }
  if (!bare.empty()) ways.push_back({{"enum", bare}});
  Json schema = ways.size() == 1 ? ways.front() : Json{{"anyOf", ways}};
  schema["description"] = kind.about;
  return schema;
}

}  // namespace

std::string json_schema(std::span<const Kind> kinds) {
  Json entry_properties = Json::object(), one_kind = Json::array();
  for (const Argument& key : entry_keys()) entry_properties[std::string(key.name)] = described(key);
  for (const Kind& kind : kinds) {
    entry_properties[std::string(kind.name)] = kind_schema(kind);
    one_kind.push_back({{"required", {kind.name}}});
  }
  one_kind.push_back({{"required", {"part"}}});
  Json script = object({script_keys().begin(), script_keys().end()});
  script["properties"]["steps"] = {{"type", "array"},
                                   {"minItems", 1},
                                   {"items",
                                    {{"type", "object"},
                                     {"properties", entry_properties},
                                     {"additionalProperties", false},
                                     {"anyOf", one_kind}}}};
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "A script for `hil run`"}};
  schema.update(script);
  return schema.dump(2) + "\n";
}

}  // namespace hil::script
