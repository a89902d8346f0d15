// What the plugin wrote, read back, and the figures that come of it.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/kernel/elf_symbols.h"
#include "probes/failure.h"

namespace bench::kernel {

/// One kind of passage: all that are alike in every number.
struct Passage {
  uint32_t phase = 0, vector = 0, label = 0;
  uint64_t times = 0;
  std::vector<uint32_t> counts{};  ///< in the order of kCounts
};
inline constexpr const char* kCounts[] = {"insn", "loads", "stores", "dsb", "isb", "cp15"};

struct Report {
  std::vector<Passage> passages{};
  uint32_t longest = 0;
  std::vector<uint32_t> longest_path{};  ///< addresses
  std::vector<uint32_t> shown_path{};    ///< of the passage that was asked for
};
probes::Outcome<Report> parse_report(const std::string& text);

/// Median, least and most of each operation as flat figures, and the longest stretch with
/// interrupts off while they are counted. Fails when an operation has fewer than 256 samples.
probes::Outcome<nlohmann::json> figures_of(const Report& report);

/// The functions of a path in the order of their first instruction, with what each took.
std::string describe_path(const std::vector<uint32_t>& path, const Symbols& symbols);

/// What is worse in `present` than in `baseline`, a line for each; empty: nothing.
std::string compare(const nlohmann::json& present, const nlohmann::json& baseline);

}  // namespace bench::kernel
