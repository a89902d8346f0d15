// report.html: one file that needs nothing else, for people.
#pragma once

#include <string>
#include <vector>

#include "hil/record/console_log.h"
#include "hil/record/results.h"

namespace hil::record {

std::string report_html(const Results& results, const std::vector<LoggedLine>& console);

}  // namespace hil::record
