// os/crash: see firmware/interfaces/crash.h. Remembers how processes ended, says so on the console,
// and starts again those whose manifests want it.
#pragma once

#include <array>
#include <string_view>

#include "base/clock.h"
#include "firmware/interfaces/crash.h"
#include "firmware/runtime/ipc.h"
#include "firmware/services/supervisor/restarts.h"
#include "kernel/abi/crash.h"
#include "kernel/abi/image.h"

namespace services::supervisor {

/// What a Supervisor needs from the process around it.
class System {
 public:
  /// Prints one line if somebody takes it; the line end is added.
  virtual void print(std::string_view line) = 0;
  /// What the manifest of the process with this pid says.
  virtual kernel::abi::Restart policy(uint8_t pid) = 0;
  /// Starts it again. kBusy: its end is not finished.
  virtual base::Result<kernel::abi::Identity> start(uint8_t pid) = 0;

 protected:
  ~System() = default;
};

/// One thread at a time.
class Supervisor {
 public:
  using Interface = interfaces::Crash;

  Supervisor(System& system, base::Clock& clock) : system_(system), clock_(clock) {}

  /// A process has ended; so many ends were never seen, in all.
  void ended(const kernel::abi::CrashRecord& record, uint32_t lost);

  base::Result<Interface::List::Reply> handle(const Interface::List&, ipc::Caller);
  base::Result<void> handle(const Interface::Describe& request, ipc::Caller);

  /// How long until a process is to be started.
  base::Duration patience();
  /// Starts those whose time has come.
  void idle();

 private:
  static constexpr size_t kProcesses = 256;  // by pid

  struct Process {
    Restarts restarts{};
    base::Duration due = base::Duration::max();  // max: nothing to do
    unsigned tries = 0;
    std::array<char, 24> name{};
  };

  void start(uint8_t pid, Process& process);

  System& system_;
  base::Clock& clock_;
  Interface::List::Reply counts_{};
  std::array<kernel::abi::CrashRecord, interfaces::Crash::kKept> records_{};
  std::array<Process, kProcesses> processes_{};
};

}  // namespace services::supervisor
