// Limits on a statistic of a series, shared by the steps that judge them.
#pragma once

#include <cstdio>
#include <optional>
#include <string>

#include "hil/script/kind.h"

namespace hil::steps {

/// 400 and not 400.000000.
inline std::string plain(double value) {
  char text[32];
  snprintf(text, sizeof text, "%.10g", value);
  return text;
}

/// What is wrong with `value`, or empty: "612 insn is over the limit of 500 insn".
inline std::string breach(double value, const std::string& unit, const script::Limits& limits) {
  if (limits.max && value > *limits.max)
    return plain(value) + " " + unit + " is over the limit of " + plain(*limits.max) + " " + unit;
  if (limits.min && value < *limits.min)
    return plain(value) + " " + unit + " is under the limit of " + plain(*limits.min) + " " + unit;
  return "";
}

/// Bounds may carry the series' own unit, and no other.
inline void check_limit_units(const script::Limits& limits, const std::string& unit,
                              script::Mark mark, script::Checking& checking) {
  for (const std::string& written : {limits.min_unit, limits.max_unit})
    if (!written.empty() && written != unit)
      checking.problems.add(mark, "the limit is in `" + written + "`, the series in `" + unit +
                                      "`; write the limit in `" + unit + "`");
}

}  // namespace hil::steps
