// Typed characters become lines: with erasing, and a bounded number of finished lines kept.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "firmware/interfaces/console.h"

namespace services::console {

class LineInput {
 public:
  static constexpr size_t kMaxLine = interfaces::Console::kMaxLine;
  static constexpr size_t kLines = 8;

  struct Line {
    std::array<char, kMaxLine> text{};
    size_t length = 0;
    std::string_view view() const { return {text.data(), length}; }
  };

  /// Takes one character as it came. Returns what to show the typist for it, which may be nothing.
  /// A line that nobody has room for is dropped, and the typist is told. Empty lines are no lines.
  std::string_view type(char c);

  /// The oldest finished line; nullptr: there is none.
  const Line* oldest() const { return count_ ? &finished_[first_] : nullptr; }
  /// There must be one.
  void drop_oldest();

 private:
  std::string_view finish();

  Line typing_{};
  std::array<Line, kLines> finished_{};
  size_t first_ = 0, count_ = 0;
  char last_ = 0;
  char shown_ = 0;
};

}  // namespace services::console
