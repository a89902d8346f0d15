#include "hil/script/problem.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "probes/console/text.h"

namespace hil::script {
namespace {

constexpr size_t kKept = 50;

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        next[j] = std::min(next[j], before[j - 2] + 1);
    }
    before = std::exchange(row, next);
  }
  return row[b.size()];
}

}  // namespace

std::string Problem::text() const {
  if (mark.line == 0) return file + ": " + what;
  return file + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column) + ": " + what;
}

void Problems::add(Mark mark, std::string what) {
  if (all_.size() < kKept) all_.push_back({file_, mark, std::move(what)});
}

std::string ticked(std::string_view text) {
  const bool whole = text.size() <= 60;
  return "`" + probes::console::printable(whole ? text : text.substr(0, 57)) +
         (whole ? "`" : "...`");
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view best;
  size_t best_distance = std::max<size_t>(2, word.size() / 2);
  if (word.size() > 64) return best;
  for (const std::string_view candidate : candidates) {
    const size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) best = candidate, best_distance = distance;
  }
  return best;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> candidates) {
  if (const std::string_view best = nearest(word, candidates); !best.empty())
    return "; did you mean `" + std::string(best) + "`?";
  std::string list;
  for (const std::string_view candidate : candidates)
    list += (list.empty() ? "`" : ", `") + std::string(candidate) + "`";
  return list.empty() ? "" : "; possible are " + list;
}

}  // namespace hil::script
