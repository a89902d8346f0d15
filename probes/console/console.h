// The board's console as lines with two time stamps each, and waits on them.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "probes/console/source.h"

namespace probes::console {

/// A line of output, without its CR LF. Text is as it came: any byte but LF may be in it.
struct Line {
  uint64_t number = 0;  ///< from 1
  uint64_t offset = 0;  ///< of its first byte in all that was received
  BoardTime time{};     ///< when its first byte came
  WallTime wall{};
  std::string text{};
  bool ended = false;  ///< false: cut at the length limit, or matched before its end came
};

/// Sees everything, in order, as it comes. A failure (a full disk) ends the wait that caused it.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual Outcome<void> bytes(std::string_view bytes) = 0;
  virtual Outcome<void> line(const Line& line) = 0;
};

enum class Wait {
  kFound,    ///< the wanted line came
  kTimeUp,   ///< it did not come in time
  kStalled,  ///< it cannot come: see `stalled()`
};

class Console {
 public:
  struct Limits {
    size_t line = 4096;                  ///< longer lines are cut in pieces
    uint64_t total = 64u * 1024 * 1024;  ///< more output than this is a flood, and a failure
    size_t recent = 40;                  ///< lines kept for `recent()`
    BoardTime quiet =
        std::chrono::milliseconds(20);  ///< silence after which an unended line counts
  };

  Console(Source& source, Sink* sink) : Console(source, sink, Limits{}) {}
  Console(Source& source, Sink* sink, Limits limits)
      : source_(source), sink_(sink), limits_(limits) {}

  /// Waits for a line that `wanted` accepts, at most `limit` of board time. Each line is offered
  /// once, oldest first, starting after the last accepted one. A line that has not ended (a prompt)
  /// is offered when the board has been silent for `quiet`; accepting it ends it.
  Outcome<Wait> wait(BoardTime limit, const std::function<bool(const Line&)>& wanted);

  /// Takes in what has arrived, without letting time pass, and offers nothing.
  Outcome<void> drain();

  /// Forgets lines that came but were not offered yet, and the unended one: they are from before.
  void skip();

  Outcome<void> send(std::string_view bytes) { return source_.send(bytes); }
  BoardTime now() const { return source_.now(); }

  /// Why the last wait ended with kStalled.
  const std::string& stalled() const { return stalled_; }

  /// The last lines, the unended one included, oldest first.
  std::vector<Line> recent() const;

  uint64_t lines() const { return next_number_ - 1; }
  uint64_t bytes() const { return total_; }

 private:
  Outcome<void> take(const Chunk& chunk);
  Outcome<void> end_line(bool ended);

  Source& source_;
  Sink* sink_;
  Limits limits_;
  std::deque<Line> unread_;
  std::deque<Line> recent_;
  Line current_;          ///< the line under construction; number 0: not begun
  bool offered_ = false;  ///< `current_` was offered as it is
  uint64_t next_number_ = 1;
  uint64_t total_ = 0;
  std::string stalled_;
};

}  // namespace probes::console
