// A TOML table that knows where each value stands, checks types and limits as they are taken out,
// and refuses keys that nobody took. Only for description.cc.
#pragma once

// TOML++ 3.3 asserts, or in optimised builds assumes, some of what it should check in its input.
// Here it throws instead; description.cc catches it at the same edge as the library's own
// exceptions.
namespace firmware::images {
struct BrokenAssumption {};
}  // namespace firmware::images
#undef NDEBUG
#define TOML_ASSERT(expression)                                      \
  do {                                                               \
    if (!(expression)) throw ::firmware::images::BrokenAssumption{}; \
  } while (false)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored \
    "-Wterminate"  // in its noexcept functions it ends the program, as before
#include <toml++/toml.h>
#pragma GCC diagnostic pop

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "firmware/images/failure.h"

namespace firmware::images {

inline Place place_of(const toml::source_region& region, const std::string& file) {
  return {.file = file, .line = region.begin.line, .column = region.begin.column};
}

inline Failure wrong(const Place& place, const std::string& what) {
  return {place.text() + what};
}

class Table {
 public:
  Table(const toml::table& table, const std::string& file) : table_(table), file_(file) {}

  Place place() const { return place_of(table_.source(), file_); }
  Place place(std::string_view key) const {
    const toml::node* node = table_.get(key);
    return node ? place_of(node->source(), file_) : place();
  }

  /// The node of `key`, or nullptr. From here on the key is known.
  const toml::node* take(std::string_view key) {
    taken_.emplace(key);
    return table_.get(key);
  }

  Outcome<Said<std::string>> text(std::string_view key) {
    const toml::node* node = TRY(needed(key));
    return as_text(*node, key);
  }

  Outcome<uint32_t> number(std::string_view key, uint32_t highest) {
    const toml::node* node = TRY(needed(key));
    return TRY(as_number(*node, key, highest)).value;
  }

  /// False when there is no such key.
  Outcome<bool> flag(std::string_view key) {
    const toml::node* node = take(key);
    if (!node) return false;
    if (const auto* value = node->as_boolean()) return value->get();
    return wrong(place(key), "`" + std::string(key) + "` must be true or false, without quotes");
  }

  /// The table `key`, or nullptr when there is no such key.
  Outcome<const toml::table*> section(std::string_view key) {
    const toml::node* node = take(key);
    if (!node) return nullptr;
    if (const toml::table* section = node->as_table()) return section;
    return wrong(place(key), "`" + std::string(key) + "` must be a table; write [" +
                                 std::string(key) + "] and a line per item");
  }

  /// Bytes: a number, or text such as "64 KiB". A multiple of `unit`.
  Outcome<uint32_t> bytes(std::string_view key, uint32_t unit) {
    const toml::node* node = TRY(needed(key));
    uint64_t bytes = 0;
    if (const auto* text = node->as_string()) {
      bytes = parse_bytes(text->get());
      if (bytes == kNoBytes)
        return wrong(place(key),
                     "`" + text->get() + "` is not a size; write for example \"64 KiB\"");
    } else {
      bytes = TRY(as_number(*node, key, UINT32_MAX)).value;
    }
    if (bytes > UINT32_MAX || bytes % unit != 0)
      return wrong(place(key), "`" + std::string(key) + "` must be a multiple of " +
                                   std::to_string(unit) + " bytes below 4 GiB");
    return static_cast<uint32_t>(bytes);
  }

  Outcome<Said<std::string>> as_text(const toml::node& node, std::string_view key) const {
    const Place where = place_of(node.source(), file_);
    const auto* text = node.as_string();
    if (!text || text->get().empty())
      return wrong(where, "`" + std::string(key) + "` must be text; write it in quotes");
    return Said<std::string>{text->get(), where};
  }

  Outcome<Said<uint32_t>> as_number(const toml::node& node, std::string_view key,
                                    uint32_t highest) const {
    const Place where = place_of(node.source(), file_);
    const auto* number = node.as_integer();
    if (!number || number->get() < 0 || number->get() > int64_t{highest})
      return wrong(where, "`" + std::string(key) + "` must be a whole number from 0 to " +
                              std::to_string(highest));
    return Said<uint32_t>{static_cast<uint32_t>(number->get()), where};
  }

  /// The items of the list `key`; empty when there is no such key.
  Outcome<const toml::array*> list(std::string_view key) {
    static const toml::array kEmpty;
    const toml::node* node = take(key);
    if (!node) return &kEmpty;
    if (const auto* array = node->as_array()) return array;
    return wrong(place(key), "`" + std::string(key) + "` must be a list; write [ ] around it");
  }

  /// Fails on the first key that was never asked for.
  Outcome<void> no_other_keys() const {
    for (const auto& [key, node] : table_) {
      if (taken_.contains(std::string(key.str()))) continue;
      std::string known;
      for (const std::string& name : taken_) known += (known.empty() ? "" : ", ") + name;
      return wrong(place_of(key.source(), file_),
                   "`" + std::string(key.str()) + "` is not known here; the keys are " + known);
    }
    return {};
  }

 private:
  static constexpr uint64_t kNoBytes = UINT64_MAX;

  Outcome<const toml::node*> needed(std::string_view key) {
    if (const toml::node* node = take(key)) return node;
    return wrong(place(), "`" + std::string(key) +
                              "` is missing; README.md beside the packer "
                              "shows what is needed");
  }

  static uint64_t parse_bytes(const std::string& text) {
    size_t digits = 0;
    uint64_t value = 0;
    while (digits < text.size() && digits < 9 && text[digits] >= '0' && text[digits] <= '9')
      value = 10 * value + static_cast<uint64_t>(text[digits++] - '0');
    const std::string unit = text.substr(digits);
    if (digits == 0) return kNoBytes;
    if (unit == " B") return value;
    if (unit == " KiB") return value << 10;
    if (unit == " MiB") return value << 20;
    return kNoBytes;
  }

  const toml::table& table_;
  const std::string& file_;
  std::set<std::string> taken_;
};

}  // namespace firmware::images
