// Declarations of what may be written in a file, and the values read by them. One declaration
// serves the parser, its messages, the JSON Schema and the reference pages.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hil/script/problem.h"
#include "probes/time.h"

namespace re2 {
class RE2;
}

namespace hil::script {

enum class Type {
  kText,      ///< one line or several, as written
  kEscaped,   ///< text in which \n and its like stand for bytes
  kPattern,   ///< a regular expression (RE2)
  kChoice,    ///< one of `choices`
  kChoices,   ///< a list of those
  kFlag,      ///< true or false
  kCount,     ///< a whole number without a unit
  kWord,      ///< 32 bits, decimal or 0x hexadecimal
  kWords,     ///< one of those or a list
  kDuration,  ///< `5 s`
  kSize,      ///< `64 KiB`
  kBaud,      ///< `115200 Bd`
  kFile,      ///< a file that must exist; found as script.h says
  kTexts,     ///< a list of texts
  kLimits,    ///< {min: N, max: N}, one of them at least
  kBound,     ///< a number, perhaps with a unit; read as Limits::max
  kObject,    ///< a mapping of `fields`
  kObjects,   ///< a list of mappings of `fields`
};

struct Argument {
  std::string_view name;
  Type type = Type::kText;
  std::string_view about{};  ///< a sentence for the reference
  bool required = false;
  std::string_view fallback{};  ///< taken when it is not written; empty: none
  std::string_view example{};   ///< a value that is right; empty: the type's usual one
  std::vector<std::string_view> choices{};
  std::vector<Argument> fields{};
};

/// What the type is called in messages and in the reference.
std::string_view type_name(Type type);
/// A value that shows how it is written.
std::string example_of(const Argument& argument);

/// Bounds of a number, both inclusive, with the units they were written with ("" for none).
struct Limits {
  std::optional<double> min{}, max{};
  std::string min_unit{}, max_unit{};
};

class Arguments;
using Pattern = std::shared_ptr<const re2::RE2>;
using Value =
    std::variant<std::string, std::vector<std::string>, bool, uint64_t, std::vector<uint32_t>,
                 probes::BoardTime, Limits, Pattern, std::vector<Arguments>>;

/// Values by their argument's name. Asking for one that was not declared, or as another type, is a
/// bug of the caller.
class Arguments {
 public:
  bool has(std::string_view name) const { return values_.contains(std::string(name)); }
  Mark mark(std::string_view name) const;
  Mark mark() const { return mark_; }

  const std::string& text(std::string_view n) const { return get<std::string>(n); }
  const std::vector<std::string>& texts(std::string_view n) const {
    return get<std::vector<std::string>>(n);
  }
  bool flag(std::string_view n) const { return get<bool>(n); }
  uint64_t number(std::string_view n) const { return get<uint64_t>(n); }
  uint32_t word(std::string_view n) const { return static_cast<uint32_t>(get<uint64_t>(n)); }
  const std::vector<uint32_t>& words(std::string_view n) const {
    return get<std::vector<uint32_t>>(n);
  }
  probes::BoardTime duration(std::string_view n) const { return get<probes::BoardTime>(n); }
  const Limits& limits(std::string_view n) const { return get<Limits>(n); }
  const re2::RE2& pattern(std::string_view n) const { return *get<Pattern>(n); }
  const std::vector<Arguments>& objects(std::string_view n) const {
    return get<std::vector<Arguments>>(n);
  }
  const Arguments& object(std::string_view n) const { return objects(n).front(); }

  void set(std::string_view name, Value value, Mark mark);
  void set_mark(Mark mark) { mark_ = mark; }

 private:
  struct Entry {
    Value value;
    Mark mark;
  };
  template <class T>
  const T& get(std::string_view name) const;

  std::map<std::string, Entry> values_;
  Mark mark_{};
};

}  // namespace hil::script
