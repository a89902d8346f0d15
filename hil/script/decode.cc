#include "hil/script/decode.h"

#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "base/result.h"
#include "hil/script/quantity.h"

namespace hil::script {
namespace {

constexpr size_t kListLimit = 4096;
constexpr size_t kPatternLimit = 1000;

std::string should_be(const Argument& argument) {
  const std::string name(argument.name);
  return ticked(name) + " is " + std::string(type_name(argument.type)) + "; write for example `" +
         name + ": " + example_of(argument) + "`";
}

template <class T>
std::optional<Value> keep(Reading<T> reading, Mark mark, const Argument& argument,
                          Context& context) {
  if (reading) return Value(*std::move(reading));
  context.problems.add(mark, ticked(argument.name) + ": " + reading.error().what);
  return {};
}

std::optional<Value> decode_pattern(const std::string& text, Mark mark, const Argument& argument,
                                    Context& context) {
  if (text.empty() || text.size() > kPatternLimit) {
    context.problems.add(mark,
                         ticked(argument.name) + (text.empty() ? " is empty and would match "
                                                                 "anything; write what to wait for"
                                                               : " is longer than 1000 bytes"));
    return {};
  }
  re2::RE2::Options options(re2::RE2::Latin1);  // bytes, whatever the board sends
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  auto pattern = std::make_shared<re2::RE2>(text, options);
  if (!pattern->ok()) {
    context.problems.add(mark, ticked(argument.name) +
                                   " is not a regular expression: " + pattern->error() +
                                   "; put \\ before a character that stands "
                                   "for itself");
    return {};
  }
  return Value(Pattern(std::move(pattern)));
}

std::optional<Value> decode_choice(const std::string& text, Mark mark, const Argument& argument,
                                   Context& context) {
  if (std::find(argument.choices.begin(), argument.choices.end(), text) != argument.choices.end())
    return Value(text);
  context.problems.add(mark, ticked(argument.name) + " cannot be " + ticked(text) +
                                 suggestion(text, argument.choices));
  return {};
}

std::optional<Value> decode_file(const std::string& text, Mark mark, const Argument& argument,
                                 Context& context) {
  const std::filesystem::path name(text);
  std::string looked;
  std::error_code error;
  for (const auto& folder : context.folders) {
    const std::filesystem::path candidate = name.is_absolute() ? name : folder / name;
    if (std::filesystem::is_regular_file(candidate, error))
      return Value(std::filesystem::weakly_canonical(candidate, error).string());
    looked += (looked.empty() ? "" : ", ") + (name.is_absolute() ? "/" : folder.string());
    if (name.is_absolute()) break;
  }
  context.problems.add(mark, ticked(argument.name) + ": no such file " + ticked(text) +
                                 (name.is_absolute() ? "" : "; looked in " + looked));
  return {};
}

std::optional<Value> decode_flag(const std::string& text, Mark mark, const Argument& argument,
                                 Context& context) {
  if (text == "true" || text == "yes" || text == "on") return Value(true);
  if (text == "false" || text == "no" || text == "off") return Value(false);
  context.problems.add(mark, should_be(argument));
  return {};
}

std::optional<Value> decode_bound(const std::string& text, Mark mark, const Argument& argument,
                                  Context& context) {
  Reading<Quantity> quantity = read_quantity(text);
  if (!quantity) return keep(Reading<std::string>(quantity.error()), mark, argument, context);
  return Value(Limits{.max = quantity->value, .max_unit = quantity->unit});
}

std::optional<Value> decode_scalar(const std::string& text, Mark mark, const Argument& argument,
                                   Context& context) {
  switch (argument.type) {
    case Type::kText:
      return Value(text);
    case Type::kEscaped:
      return keep(read_escapes(text), mark, argument, context);
    case Type::kPattern:
      return decode_pattern(text, mark, argument, context);
    case Type::kChoice:
      return decode_choice(text, mark, argument, context);
    case Type::kFlag:
      return decode_flag(text, mark, argument, context);
    case Type::kCount:
      return keep(read_integer(text, 1'000'000'000), mark, argument, context);
    case Type::kWord:
      return keep(read_integer(text, 0xffff'ffff), mark, argument, context);
    case Type::kDuration:
      return keep(read_duration(text), mark, argument, context);
    case Type::kSize:
      return keep(read_size(text), mark, argument, context);
    case Type::kBaud:
      return keep(read_baud(text), mark, argument, context);
    case Type::kFile:
      return decode_file(text, mark, argument, context);
    case Type::kBound:
      return decode_bound(text, mark, argument, context);
    default:
      context.problems.add(mark, should_be(argument));
      return {};
  }
}

std::optional<Value> decode_limits(const YAML::Node& node, const Argument& argument,
                                   Context& context) {
  static const std::vector<Argument> kBounds = {{.name = "min", .about = "lowest value allowed"},
                                                {.name = "max", .about = "highest value allowed"}};
  const size_t before = context.problems.all().size();
  const Arguments bounds = decode(node, argument.name, kBounds, context);
  Limits limits;
  for (const bool low : {true, false}) {
    const std::string_view name = low ? "min" : "max";
    if (!bounds.has(name)) continue;
    Reading<Quantity> quantity = read_quantity(bounds.text(name));
    if (!quantity) {
      context.problems.add(bounds.mark(name), ticked(name) + ": " + quantity.error().what);
      continue;
    }
    (low ? limits.min : limits.max) = quantity->value;
    (low ? limits.min_unit : limits.max_unit) = quantity->unit;
  }
  if (context.problems.all().size() != before) return {};
  if (!limits.min && !limits.max)
    context.problems.add(mark_of(node), should_be(argument));
  else if (limits.min && limits.max && *limits.min > *limits.max)
    context.problems.add(mark_of(node), ticked(argument.name) +
                                            ": the limits are reversed, no value can be in them; "
                                            "write {min: " +
                                            bounds.text("max") + ", max: " + bounds.text("min") +
                                            "}");
  else
    return Value(limits);
  return {};
}

std::optional<Value> decode_list(const YAML::Node& node, const Argument& argument,
                                 Context& context) {
  if (node.size() > kListLimit) {
    context.problems.add(mark_of(node), ticked(argument.name) + " has more than 4096 entries");
    return {};
  }
  std::vector<std::string> texts;
  std::vector<uint32_t> words;
  std::vector<Arguments> objects;
  bool good = true;
  for (const YAML::Node& entry : node) {
    if (argument.type == Type::kObjects) {
      objects.push_back(decode(entry, argument.name, argument.fields, context));
      continue;
    }
    Argument one = argument;
    one.type = argument.type == Type::kWords     ? Type::kWord
               : argument.type == Type::kChoices ? Type::kChoice
                                                 : Type::kText;
    const std::optional<Value> value = decode_value(entry, one, context);
    if (!value)
      good = false;
    else if (const auto* number = std::get_if<uint64_t>(&*value))
      words.push_back(static_cast<uint32_t>(*number));
    else
      texts.push_back(std::get<std::string>(*value));
  }
  if (!good) return {};
  if (argument.type == Type::kObjects) return Value(std::move(objects));
  if (argument.type == Type::kWords) return Value(std::move(words));
  return Value(std::move(texts));
}

}  // namespace

std::optional<Value> decode_value(const YAML::Node& node, const Argument& argument,
                                  Context& context) {
  const Mark mark = mark_of(node);
  const bool list = argument.type == Type::kWords || argument.type == Type::kTexts ||
                    argument.type == Type::kChoices || argument.type == Type::kObjects;
  if (list && node.IsSequence()) return decode_list(node, argument, context);
  if (argument.type == Type::kWords && node.IsScalar()) {
    auto word = read_integer(node.Scalar(), 0xffff'ffff);
    if (word) return Value(std::vector<uint32_t>{static_cast<uint32_t>(*word)});
    return keep(std::move(word), mark, argument, context);
  }
  if (argument.type == Type::kLimits && node.IsMap()) return decode_limits(node, argument, context);
  if (argument.type == Type::kObject && node.IsMap())
    return Value(std::vector<Arguments>{decode(node, argument.name, argument.fields, context)});
  if (node.IsScalar()) return decode_scalar(node.Scalar(), mark, argument, context);
  context.problems.add(mark, should_be(argument));
  return {};
}

Arguments decode(const YAML::Node& node, std::string_view what,
                 std::span<const Argument> declaration, Context& context) {
  Arguments result;
  result.set_mark(mark_of(node));
  if (!node.IsMap()) {
    context.problems.add(mark_of(node), ticked(what) + " is a mapping, that is `{key: value}`");
    return result;
  }
  std::vector<std::string_view> names;
  for (const Argument& argument : declaration) names.push_back(argument.name);
  std::set<std::string> seen;
  for (const auto& pair : node) {
    const Mark mark = mark_of(pair.first);
    const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "";
    const auto argument = std::find_if(declaration.begin(), declaration.end(),
                                       [&](const Argument& a) { return a.name == key; });
    if (!seen.insert(key).second) {
      context.problems.add(mark, ticked(key) + " is written twice; remove one");
    } else if (argument == declaration.end()) {
      context.problems.add(mark,
                           ticked(what) + " has no key " + ticked(key) + suggestion(key, names));
    } else if (auto value = decode_value(pair.second, *argument, context)) {
      result.set(argument->name, *std::move(value), mark_of(pair.second));
    }
  }
  for (const Argument& argument : declaration)
    if (argument.required && !seen.contains(std::string(argument.name)))
      context.problems.add(mark_of(node), ticked(what) + " needs " + ticked(argument.name) +
                                              "; write for example `" + std::string(argument.name) +
                                              ": " + example_of(argument) + "`");
  set_fallbacks(declaration, result);
  return result;
}

void set_fallbacks(std::span<const Argument> declaration, Arguments& arguments) {
  for (const Argument& argument : declaration) {
    if (argument.fallback.empty() || arguments.has(argument.name)) continue;
    Problems none("");
    Context context{none};
    auto value = decode_value(YAML::Node(std::string(argument.fallback)), argument, context);
    base::require(value.has_value());  // a fallback is itself a right value
    arguments.set(argument.name, *std::move(value), arguments.mark());
  }
}

}  // namespace hil::script
