// The kernel's on-target suite: its parts, and how they say what came of them.
#pragma once

#include <cstdint>
#include <string_view>

#include "firmware/interfaces/printer.h"
#include "firmware/runtime/text.h"

namespace suite {

using Line = runtime::Text<200>;

/// The conductor's own, and the most that the manifest lets its threads have.
inline constexpr uint32_t kSuitePriority = 12, kSuiteLimit = 29;

/// One part's verdicts: a line for each thing checked, and one at the end that scenarios wait for.
class Report {
 public:
  Report(interfaces::Printer& printer, std::string_view part) : printer_(printer), part_(part) {}

  /// Counts a check; says so only when it failed, or when `aloud`.
  void check(std::string_view what, bool passed, bool aloud = false);
  /// The same with a number that helps to see why.
  void check(std::string_view what, bool passed, uint32_t number);
  /// "suite: PART: text".
  void say(std::string_view text);
  /// "suite: PART: N checks passed" or "... FAILED", behind `figures` in a line of its own. Returns
  /// how many checks failed.
  uint32_t end();

 private:
  interfaces::Printer& printer_;
  std::string_view part_;
  uint32_t checks_ = 0, failures_ = 0;
};

/// Pages that nobody holds, and pages promised to nobody, now.
uint32_t free_pages();

/// How many values are tried: enough for every test run, or all of them.
enum class Depth { kSome, kAll };

// The parts. Each returns how many of its checks failed.
uint32_t basics(interfaces::Printer& printer);
uint32_t attack(interfaces::Printer& printer);
/// Who tries every page, and when. `lives` are the tries of which there are kLivesOfAll.
struct Sweep {
  std::string_view name{};
  std::string_view intruder{};  ///< the process that tries
  std::string_view helper{};    ///< the other end of its loans, where it has any
  bool loans = false;           ///< others have loans meanwhile
};
inline constexpr Sweep kSweeps[] = {
    {"before", "stranger"},
    {"stranger-during", "stranger", {}, true},
    {"lender-during", "lender", "keeper"},
    {"borrower-during", "borrower", "giver"},
    {"stranger-after", "stranger"},
    {"lender-after", "exlender", "keeper"},
    {"borrower-after", "exborrower", "giver"},
};
inline constexpr uint32_t kPagesOfAll = 1u << 20, kLivesOfAll = 3 * kPagesOfAll;
uint32_t sweep(interfaces::Printer& printer, const Sweep& what, uint32_t lives);
uint32_t corners(interfaces::Printer& printer, Depth depth);
uint32_t identities(interfaces::Printer& printer);
uint32_t exhaustion(interfaces::Printer& printer);
uint32_t misdeeds(interfaces::Printer& printer);
/// The one that is no misdeed while a debugger is attached: it stops the core then.
uint32_t breakpoint(interfaces::Printer& printer);
uint32_t registers(interfaces::Printer& printer);
/// The longest ways through the kernel, for whoever watches them from outside.
uint32_t longest(interfaces::Printer& printer);
uint32_t keys(interfaces::Printer& printer);
uint32_t dma(interfaces::Printer& printer);
/// Sets up `scene` and leaves it so.
uint32_t stage(interfaces::Printer& printer, std::string_view scene);
/// `calls` system calls in all.
uint32_t chaos(interfaces::Printer& printer, uint32_t calls);

}  // namespace suite
