// What a run leaves: the model behind results.json, junit.xml and report.html.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hil/stats/summary.h"
#include "probes/time.h"

namespace hil::record {

inline constexpr int kSchemaVersion = 1;

/// Every step ends as one of these; a results file never says less.
enum class Status {
  kPassed,
  kFailed,       ///< the product did not do what was asked for
  kError,        ///< the bench failed
  kSkipped,      ///< the bench lacks what the step needs
  kInterrupted,  ///< a signal came while it ran
  kNotRun,       ///< the run ended before it
};
std::string_view status_name(Status status);

struct Value {
  std::string name{};
  double number = 0;
  std::string unit{};
};

struct StepResult {
  size_t number = 0;
  std::string name{};
  std::string part{};
  std::string kind{};
  int line = 0;  ///< in the script
  Status status = Status::kNotRun;
  std::string reason{};                             ///< of every status but kPassed
  double seconds = 0;                               ///< wall time
  std::optional<probes::BoardTime> begin{}, end{};  ///< board time; none when it did not run
  std::vector<Value> values{};
  std::vector<std::string> series{};       ///< names of those it measured
  uint64_t first_line = 0, last_line = 0;  ///< of the console; 0: none came
};

struct Image {
  std::string file{};
  uint64_t size = 0;
  std::string sha256{};
};

/// A kernel's trace that was fetched.
struct TraceResult {
  std::string name{};
  std::string file{};  ///< in the results' folder
  size_t events = 0;
  uint32_t lost = 0;
  std::string drawing{};  ///< SVG, for the report
};

enum class Outcome { kRunning, kPassed, kFailed, kError, kIncomplete, kInterrupted };
std::string_view outcome_name(Outcome outcome);

struct Results {
  std::string script_name{}, script_about{}, script_file{}, script_sha256{};
  std::string board{}, backend{}, bench{}, soc{};
  std::vector<std::pair<std::string, std::string>> tools{};  ///< name, version
  std::vector<Image> images{};
  uint64_t seed = 0;
  bool caches = false;  ///< `--caches`: cycles counted what caches cost from the start
  std::string run_id{};
  std::string started{}, finished{};  ///< RFC 3339, UTC
  double seconds = 0;
  probes::BoardTime board_time{};
  Outcome outcome = Outcome::kRunning;
  std::string reason{};
  std::vector<StepResult> steps{};
  std::vector<stats::Series> series{};
  std::vector<TraceResult> traces{};

  size_t count(Status status) const;
};

/// What the steps amount to. Any bench error beats a failure, which beats a skip: a run in which
/// the bench broke says nothing certain about the product.
Outcome judge(const Results& results);

/// The exit status that goes with an outcome; with `allow_skips` an incomplete run counts as
/// passed.
int exit_status(Outcome outcome, bool allow_skips);

/// "2026-11-21T01:40:00.123Z".
std::string rfc3339(probes::WallTime time);

std::string results_json(const Results& results);
std::string junit_xml(const Results& results);

}  // namespace hil::record
