// The person's side of `hil console`.
#pragma once

#include <termios.h>

#include <functional>
#include <optional>
#include <string>

#include "probes/failure.h"

namespace hil::cmd {

/// stdin and stdout as a raw terminal, put back as it was when this goes. Not a terminal: a pipe is
/// read as it is.
class Terminal {
 public:
  Terminal();
  ~Terminal();

  bool is_terminal() const { return saved_.has_value(); }
  /// What was typed within `milliseconds`; empty at the end of input. "" when nothing was.
  std::optional<std::string> read(int milliseconds);
  void write(std::string_view bytes);

 private:
  std::optional<termios> saved_;
};

}  // namespace hil::cmd
