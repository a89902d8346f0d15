// A histogram as inline SVG, coloured by the page's own style sheet.
#pragma once

#include <string>

#include "hil/stats/summary.h"

namespace hil::record {

/// Bars for the buckets, marks at p50 and p99, an axis with the lowest and highest value.
std::string histogram_svg(const stats::Series& series);

}  // namespace hil::record
