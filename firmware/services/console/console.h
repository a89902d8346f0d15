// os/console, apart from the hardware: see firmware/interfaces/console.h.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "firmware/interfaces/console.h"
#include "firmware/runtime/ipc.h"
#include "firmware/runtime/mutex.h"
#include "firmware/services/console/line_input.h"
#include "firmware/services/console/spool.h"

namespace services::console {

/// The line, as Console sees it. Called with the console locked.
class Port {
 public:
  /// Serves the hardware. Called when its interrupt fired.
  virtual void on_interrupt() = 0;
  /// Moves received characters to `out`; returns how many.
  virtual size_t receive(std::span<char> out) = 0;
  /// Takes over `text`; there is room for kMostPending characters.
  virtual void send(std::span<const char> text) = 0;
  /// How many characters of those it took over the transmitter has not got yet.
  virtual size_t pending() const = 0;

  /// Few, so that whose turn is next is decided late.
  static constexpr size_t kMostPending = 32;

 protected:
  ~Port() = default;
};

/// Serves clients from one thread, takes the kernel's log from a second and interrupts from a
/// third.
class Console {
 public:
  using Interface = interfaces::Console;
  static constexpr size_t kReaders = 8;

  explicit Console(Port& port) : port_(port) {}

  // The interface's methods.
  void handle(const Interface::Write& request, ipc::Caller caller,
              ipc::Promise<Interface::Write> promise);
  void handle(const Interface::ReadLine& request, ipc::Caller caller,
              ipc::Promise<Interface::ReadLine> promise);
  void handle(const Interface::Flush& request, ipc::Caller caller,
              ipc::Promise<Interface::Flush> promise);

  /// Queues all of `text`, waiting for room as often as it takes.
  void print_log(std::string_view text);

  /// The line's interrupt fired.
  void on_interrupt();

 private:
  struct Reader {
    std::span<char> line;
    ipc::Promise<Interface::ReadLine> promise;
  };

  void serve_readers();
  void pump();

  runtime::Mutex mutex_;
  runtime::Condition room_;
  Port& port_;
  Spool spool_{};
  LineInput input_{};
  std::array<std::optional<Reader>, kReaders> readers_{};  // oldest first
};

}  // namespace services::console
