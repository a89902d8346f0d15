// What is wrong with a file that a person wrote, where, and what to write instead.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hil::script {

/// A place in a file; line and column count from 1, 0: unknown.
struct Mark {
  int line = 0;
  int column = 0;
};

struct Problem {
  std::string file{};
  Mark mark{};
  std::string what{};

  /// "file:line:column: what".
  std::string text() const;
};

/// Collects problems; the first 50 are kept, more would not help anyone.
class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}

  void add(Mark mark, std::string what);
  bool empty() const { return all_.empty(); }
  const std::vector<Problem>& all() const { return all_; }
  const std::string& file() const { return file_; }

 private:
  std::string file_;
  std::vector<Problem> all_;
};

/// `text` in backticks, shortened when it is long, its control bytes escaped.
std::string ticked(std::string_view text);

/// The candidate that `word` was probably meant to be; empty when none is close.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// "; did you mean `x`?" or "; possible are `a`, `b`, `c`".
std::string suggestion(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace hil::script
