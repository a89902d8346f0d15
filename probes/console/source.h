// Where console bytes come from: a serial port on a bench, the control socket of a virtual board.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probes/failure.h"
#include "probes/time.h"

namespace probes::console {

/// Bytes that arrived together.
struct Chunk {
  BoardTime time{};  ///< of the first byte
  std::string bytes{};
};

struct Received {
  std::vector<Chunk> chunks{};  ///< oldest first
  std::string stalled{};        ///< not empty: why the board's time cannot pass ("the board is off")
};

class Source {
 public:
  virtual ~Source() = default;

  /// Lets the board run until output comes, at most `limit` of its own time. An answer without
  /// chunks and without `stalled` means that the limit has passed. Fails when the bench broke or an
  /// interrupt came.
  virtual Outcome<Received> receive(BoardTime limit) = 0;

  virtual Outcome<void> send(std::string_view bytes) = 0;

  /// The board's time now; never goes back.
  virtual BoardTime now() const = 0;
};

}  // namespace probes::console
