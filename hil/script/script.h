// A script, read and checked: the plan that a runner follows.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hil/script/kind.h"

namespace hil::script {

struct PlannedStep {
  size_t number = 0;        ///< from 1
  std::string name{};       ///< the script's, or one made of what the step does
  std::string part{};       ///< of which part of the script
  bool keep_going = false;  ///< its failure does not end the run
  const Kind* kind = nullptr;
  const Form* form = nullptr;
  Arguments arguments{};
  Mark mark{};
};

struct Plan {
  std::filesystem::path file{};
  std::string name{};
  std::string about{};
  unsigned needs = 0;  ///< what the script as a whole needs
  std::vector<PlannedStep> steps{};
};

struct Sources {
  std::filesystem::path file{};       ///< the script
  std::filesystem::path artifacts{};  ///< where built images lie
  const BoardFacts* board = nullptr;
};

/// Reads a script. The plan is only there when there are no problems.
struct Parsed {
  std::optional<Plan> plan{};
  std::vector<Problem> problems{};
};

/// A relative file in a script is looked up beside the script, in the current folder, and among the
/// built images, in this order.
Parsed read_script(const Sources& sources, std::span<const Kind> kinds);
Parsed read_script_text(const std::string& text, const Sources& sources,
                        std::span<const Kind> kinds);

/// What may stand at the top of a script and beside a step's kind; for the reference.
std::span<const Argument> script_keys();
std::span<const Argument> entry_keys();

/// JSON Schema (draft 2020-12) of scripts, for editors.
std::string json_schema(std::span<const Kind> kinds);

/// docs/steps.md.
std::string reference(std::span<const Kind> kinds);

}  // namespace hil::script
