// A serial port (termios) as a console source; board time is monotonic time since it was opened.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "probes/console/source.h"

namespace probes::console {

class SerialPort final : public Source {
 public:
  /// Opens `device` raw, 8N1, without modem control, for us alone, and throws away what its driver
  /// still held from before. Fails with the remedy when it is missing, busy or not permitted, or
  /// when `baud` is not a standard rate.
  static Outcome<std::unique_ptr<SerialPort>> open(const std::string& device, unsigned baud);
  ~SerialPort() override;

  Outcome<Received> receive(BoardTime limit) override;
  Outcome<void> send(std::string_view bytes) override;
  BoardTime now() const override;

 private:
  SerialPort(std::string device, int descriptor)
      : device_(std::move(device)), descriptor_(descriptor) {}

  std::string device_;
  int descriptor_;
  std::chrono::steady_clock::time_point opened_ = std::chrono::steady_clock::now();
};

}  // namespace probes::console
