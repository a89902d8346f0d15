// What a running step holds in its hands.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "hil/run/debugger.h"
#include "hil/stats/summary.h"
#include "hil/trace/trace.h"
#include "probes/console/console.h"
#include "probes/failure.h"
#include "probes/power/power.h"

namespace hil {

/// Whose fault a step's end is: it decides the exit status and who is called.
enum class Blame {
  kProduct,  ///< the board did not do what the script expects
  kBench,    ///< the bench could not do its part, so nothing is known about the product
};

struct Fault {
  Blame blame = Blame::kProduct;
  std::string what{};
};

template <class T>
using Tried = base::Result<T, Fault>;

inline Fault product_fault(std::string what) {
  return {Blame::kProduct, std::move(what)};
}
inline Fault bench_fault(std::string what) {
  return {Blame::kBench, std::move(what)};
}

/// Turns a probe's failure into the bench's fault.
template <class T>
Tried<T> bench(probes::Outcome<T> outcome) {
  if (!outcome) return bench_fault(outcome.error().what);
  if constexpr (std::is_void_v<T>)
    return {};
  else
    return *std::move(outcome);
}

/// Pulses the board's reset line.
class ResetLine {
 public:
  virtual ~ResetLine() = default;
  virtual probes::Outcome<void> pulse() = 0;
};

/// The board's caches, as far as its cycle counter knows of them.
class Caches {
 public:
  virtual ~Caches() = default;
  /// From now on cycles count what caches and TLBs cost.
  virtual probes::Outcome<void> count() = 0;
};

/// A bench as steps see it. A null pointer is a port that it does not have; the runner has made
/// sure that a step finds what it needs.
struct Rig {
  probes::power::Power* power = nullptr;
  probes::console::Console* console = nullptr;
  Debugger* debugger = nullptr;
  ResetLine* reset = nullptr;
  Flasher* flasher = nullptr;
  Caches* caches = nullptr;
};

/// What a step leaves behind.
class Record {
 public:
  virtual ~Record() = default;

  /// A number that the step measured.
  virtual void value(std::string name, double number, std::string unit) = 0;
  /// A measured series, complete.
  virtual void series(stats::Series series) = 0;
  /// A series that was recorded in this run, or null.
  virtual const stats::Series* find_series(std::string_view name) const = 0;
  /// How far the step is, 0 to 1, with a few words; for the live display only.
  virtual void progress(double done, std::string_view words) = 0;
  /// A kernel's trace, to be stored and drawn under this name.
  virtual probes::Outcome<void> trace(const std::string& name, const trace::Trace& trace) = 0;
  /// An image that was put on the board, for the record of what was tested.
  virtual void image(const std::filesystem::path& file) = 0;
};

}  // namespace hil
