// console.log: the raw bytes; console.jsonl: for each line its place in them and both its times.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "hil/record/files.h"
#include "probes/console/console.h"

namespace hil::record {

class ConsoleLog final : public probes::console::Sink {
 public:
  /// Creates both files in `folder`.
  probes::Outcome<void> open(const std::filesystem::path& folder);

  probes::Outcome<void> bytes(std::string_view bytes) override;
  probes::Outcome<void> line(const probes::console::Line& line) override;

  /// Called with each line, for a live display.
  std::function<void(const probes::console::Line&)> on_line;

 private:
  Appender raw_, index_;
};

/// A line as the report shows it.
struct LoggedLine {
  uint64_t number = 0;
  double board_s = 0;
  std::string wall{};
  std::string text{};
};

/// The lines of a log, or the first and last `half` of them when there are more than twice as many.
std::vector<LoggedLine> read_console_log(const std::filesystem::path& folder, size_t half);

}  // namespace hil::record
