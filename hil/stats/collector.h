// Gathers measured series from sample lines (base/samples.h) and lets none be lost or damaged
// unseen.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hil/stats/summary.h"
#include "probes/failure.h"

namespace hil::stats {

class Collector {
 public:
  /// Takes one console line. True: it was a sample line; false: some other line. Fails, naming what
  /// is wrong, when a sample line is damaged, values are missing before it, a series changes its
  /// unit or goes on after its end, or its final count is not the number of values that came.
  probes::Outcome<bool> take(std::string_view text);

  /// The series that ended, in the order of their ends.
  const std::vector<Series>& complete() const { return complete_; }
  /// Names of those that began and have not ended.
  std::vector<std::string> unfinished() const;

 private:
  std::map<std::string, Series, std::less<>> open_;
  std::vector<Series> complete_;
};

}  // namespace hil::stats
