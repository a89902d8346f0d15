// What the probe tells about the system: numbers, ends of processes, the kernel's trace.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "firmware/interfaces/crash.h"
#include "kernel/abi/statistics.h"
#include "kernel/abi/trace.h"

namespace services::probe {

/// What an Introspection looks at.
class View {
 public:
  using Numbers = std::array<uint32_t, 9>;

  /// Prints one line; the line end is added.
  virtual void print(std::string_view line) = 0;
  /// r1.. of kStatistics.
  virtual base::Result<Numbers> statistics(kernel::abi::Statistics which, uint32_t index) = 0;
  virtual uint32_t services() const = 0;
  virtual std::string_view service_name(uint32_t id) const = 0;
  virtual base::Result<void> trace(bool on) = 0;
  /// Puts the oldest events into `out`. Returns how many, and how many were lost in all.
  virtual base::Result<std::array<uint32_t, 2>> read_trace(
      std::span<kernel::abi::TraceEvent> out) = 0;
  virtual base::Result<interfaces::Crash::List::Reply> crashes() = 0;
  virtual base::Result<kernel::abi::CrashRecord> crash(uint32_t age) = 0;

 protected:
  ~View() = default;
};

class Introspection {
 public:
  static constexpr std::string_view kCommands = "ps, threads, ipc, crashes, trace start|stop|dump";

  explicit Introspection(View& view) : view_(view) {}

  /// False: not one of its commands.
  bool command(std::string_view word, std::string_view rest);

 private:
  base::Result<void> processes();
  base::Result<void> threads();
  base::Result<void> messages();
  base::Result<void> crashes();
  base::Result<void> trace(std::string_view what);
  base::Result<void> dump();
  void names();
  std::array<char, 24> name_of(uint32_t identity);

  View& view_;
};

}  // namespace services::probe
