#include "bench/kernel/counts.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <sstream>

#include "bench/kernel/labels.h"

namespace bench::kernel {

using nlohmann::json;
using probes::Failure;
using probes::Outcome;

namespace {
constexpr uint64_t kLeastSamples = 256;

/// Exception vectors, by their place in the table.
enum Vector : uint32_t { kUndefined = 1, kSystemCall = 2, kInterrupt = 6 };

struct Part {
  Vector vector;
  uint32_t label;
};
/// An operation is the sum of its passages.
struct Operation {
  const char* name;
  uint32_t phase;
  std::vector<Part> parts;
};
const Operation kOperations[] = {
    {"null_call", kPhaseNull, {{kSystemCall, kLabelNull}}},
    {"call_reply_0w", kPhaseCall, {{kSystemCall, kLabelCall}, {kSystemCall, kLabelReply}}},
    {"call_reply_8w", kPhaseCallWords, {{kSystemCall, kLabelCall}, {kSystemCall, kLabelReply}}},
    {"call_reply_vfp",
     kPhaseCallVfp,
     {{kSystemCall, kLabelCall},
      {kUndefined, kLabelNone},
      {kSystemCall, kLabelReply},
      {kUndefined, kLabelNone}}},
    {"lend_page", kPhaseLend, {{kSystemCall, kLabelCall}, {kSystemCall, kLabelReply}}},
    {"lend_page_mut", kPhaseLendMut, {{kSystemCall, kLabelCall}, {kSystemCall, kLabelReply}}},
    {"lend_16_pages", kPhaseLendLong, {{kSystemCall, kLabelCall}, {kSystemCall, kLabelReply}}},
    {"notify", kPhaseNotify, {{kSystemCall, kLabelNotify}}},
    {"yield", kPhaseYield, {{kSystemCall, kLabelYield}}},
    {"irq_to_user", kPhaseInterrupt, {{kInterrupt, kLabelNone}}},
    {"ack_wait", kPhaseInterrupt, {{kSystemCall, kLabelInterruptWait}}},
};

struct Spread {
  uint32_t least = ~0u, most = 0, median = 0;
  uint64_t samples = 0;
};
Spread spread_of(const Report& report, uint32_t phase, const Part& part, size_t count) {
  std::map<uint32_t, uint64_t> values;
  Spread spread;
  for (const Passage& passage : report.passages) {
    if (passage.phase != phase || passage.vector != part.vector || passage.label != part.label)
      continue;
    values[passage.counts[count]] += passage.times;
    spread.samples += passage.times;
  }
  if (values.empty()) return spread;
  spread.least = values.begin()->first;
  spread.most = values.rbegin()->first;
  uint64_t before = 0;
  for (const auto& [value, times] : values) {
    before += times;
    spread.median = value;
    if (2 * before >= spread.samples) break;
  }
  return spread;
}
}  // namespace

Outcome<Report> parse_report(const std::string& text) {
  Report report;
  std::istringstream in(text);
  std::string word;
  while (in >> word) {
    uint64_t number = 0, lost = 0;
    if (word == "total") {
      if (in >> number >> word >> lost; lost != 0)
        return Failure{"the plugin's table is too small"};
    } else if (word == "passage") {
      Passage passage{.counts = std::vector<uint32_t>(std::size(kCounts))};
      uint32_t first = 0;
      in >> passage.phase >> std::hex >> first >> std::dec >> passage.label >> passage.times;
      for (uint32_t& count : passage.counts) in >> count;
      in >> word;  // the path
      passage.vector = first % 32 / 4;
      report.passages.push_back(std::move(passage));
    } else if (word == "longest") {
      in >> report.longest >> word >> word >> word;
    } else if (word == "at") {
      in >> std::hex >> number >> std::dec;
      report.longest_path.push_back(static_cast<uint32_t>(number));
    } else if (word == "shown") {
      in >> std::hex >> number >> std::dec;
      report.shown_path.push_back(static_cast<uint32_t>(number));
    } else {
      return Failure{"the plugin's report has a line that begins with " + word};
    }
  }
  if (report.passages.empty() && report.longest == 0) return Failure{"the plugin saw no kernel"};
  return report;
}

Outcome<json> figures_of(const Report& report) {
  json figures = json::object();
  for (const Operation& operation : kOperations) {
    const std::string name = std::string("kernel/") + operation.name + "_insn";
    for (size_t count = 0; count < std::size(kCounts); ++count) {
      uint32_t median = 0, least = 0, most = 0;
      uint64_t samples = ~uint64_t{0};
      for (const Part& part : operation.parts) {
        const Spread spread = spread_of(report, operation.phase, part, count);
        if (spread.samples < kLeastSamples)
          return Failure{name + " has " + std::to_string(spread.samples) + " samples, wanted are " +
                         std::to_string(kLeastSamples)};
        median += spread.median, least += spread.least, most += spread.most;
        samples = std::min(samples, spread.samples);
      }
      if (count != 0) {
        figures[name + "/" + kCounts[count]] = median;
        continue;
      }
      figures[name] = median;
      figures[name + "/min"] = least;
      figures[name + "/max"] = most;
      figures[name + "/samples"] = samples;
    }
  }
  figures["kernel/irq_off_counted_insn"] = report.longest;
  return figures;
}

std::string describe_path(const std::vector<uint32_t>& path, const Symbols& symbols) {
  std::vector<std::pair<std::string, uint32_t>> functions;
  for (const uint32_t address : path) {
    const std::string name = symbols.function_at(address);
    const auto known = std::ranges::find(functions, name, [](const auto& f) { return f.first; });
    if (known == functions.end()) {
      functions.emplace_back(name, 1);
    } else {
      ++known->second;
    }
  }
  std::string text;
  for (const auto& [name, count] : functions)
    text += (text.empty() ? "" : ", ") + name + " " + std::to_string(count);
  return text;
}

std::string compare(const json& present, const json& baseline) {
  std::string worse;
  for (const auto& [name, was] : baseline.items()) {
    const auto now = present.find(name);
    if (now == present.end()) {
      worse += name + " is in the baseline and was not measured\n";
    } else if (now->get<double>() > was.get<double>()) {
      worse += name + " is " + now->dump() + ", the baseline says " + was.dump() + "\n";
    }
  }
  return worse;
}

}  // namespace bench::kernel
