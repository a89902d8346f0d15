// What the probe process does with a line typed on the console.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "firmware/interfaces/victim.h"
#include "firmware/services/probe/introspection.h"

namespace services::probe {

/// What a Probe needs from the process around it.
class System {
 public:
  /// Prints one line; the line end is added.
  virtual void print(std::string_view line) = 0;
  virtual size_t victims() const = 0;
  /// Makes victim number `index` commit `fault`. kNotFound: it died, as it should. Success: it
  /// lived.
  virtual base::Result<void> commit(size_t index, interfaces::Fault fault) = 0;
  /// Runs the timing suite, which prints by itself.
  enum class Caches { kHot, kCold };
  virtual base::Result<void> run_bench(Caches caches) = 0;
  /// Things to try on the running system.
  virtual size_t checks() const = 0;
  virtual std::string_view check_name(size_t index) const = 0;
  virtual base::Result<void> run_check(size_t index) = 0;
  /// Has the kernel panic. Returns only if that is refused.
  virtual base::Error panic() = 0;
  /// The phoenix's identity; waits so long for it to be served.
  virtual base::Result<uint32_t> phoenix(base::Duration patience) = 0;
  /// Makes it die. kNotFound: it did.
  virtual base::Result<void> kill_phoenix() = 0;

 protected:
  ~System() = default;
};

/// Commands: ping; check; bench; bench cold; panic; restart; fault KIND, once per victim; those of
/// Introspection.
class Probe {
 public:
  Probe(System& system, Introspection& introspection)
      : system_(system), introspection_(introspection) {}

  void command(std::string_view line);

 private:
  void fault(std::string_view kind);
  void check();
  void bench(System::Caches caches);
  void restart();

  System& system_;
  Introspection& introspection_;
  size_t next_victim_ = 0;
};

}  // namespace services::probe
