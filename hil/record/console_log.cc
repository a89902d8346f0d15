#include "hil/record/console_log.h"

#include <deque>
#include <fstream>
#include <nlohmann/json.hpp>

#include "hil/record/results.h"
#include "probes/console/text.h"

namespace hil::record {

using Json = nlohmann::ordered_json;

probes::Outcome<void> ConsoleLog::open(const std::filesystem::path& folder) {
  TRY(raw_.open(folder / "console.log"));
  return index_.open(folder / "console.jsonl");
}

probes::Outcome<void> ConsoleLog::bytes(std::string_view bytes) {
  return raw_.append(bytes);
}

probes::Outcome<void> ConsoleLog::line(const probes::console::Line& line) {
  const Json json = {{"line", line.number},
                     {"offset", line.offset},
                     {"board_s", std::chrono::duration<double>(line.time).count()},
                     {"board_ps", line.time.count()},
                     {"wall", rfc3339(line.wall)},
                     {"ended", line.ended},
                     {"text", probes::console::printable(line.text)}};
  TRY(index_.append(json.dump() + "\n"));
  if (on_line) on_line(line);
  return {};
}

std::vector<LoggedLine> read_console_log(const std::filesystem::path& folder, size_t half) {
  std::vector<LoggedLine> head;
  std::deque<LoggedLine> tail;
  std::ifstream file(folder / "console.jsonl");
  for (std::string text; std::getline(file, text);) {
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded() || !json.is_object()) continue;  // a full disk cut it short
    LoggedLine line{json.value("line", uint64_t{0}), json.value("board_s", 0.0),
                    json.value("wall", ""), json.value("text", "")};
    if (head.size() < half) {
      head.push_back(std::move(line));
    } else {
      tail.push_back(std::move(line));
      if (tail.size() > half) tail.pop_front();
    }
  }
  head.insert(head.end(), std::make_move_iterator(tail.begin()),
              std::make_move_iterator(tail.end()));
  return head;
}

}  // namespace hil::record
