#include "probes/console/console.h"

#include <algorithm>

namespace probes::console {

Outcome<Wait> Console::wait(BoardTime limit, const std::function<bool(const Line&)>& wanted) {
  const BoardTime deadline = source_.now() + limit;
  stalled_.clear();
  while (true) {
    while (!unread_.empty()) {
      const Line line = std::move(unread_.front());
      unread_.pop_front();
      if (wanted(line)) return Wait::kFound;
    }
    const BoardTime left = deadline - source_.now();
    const bool unended = current_.number != 0 && !offered_;
    const BoardTime slice = unended ? std::min(left, limits_.quiet) : left;
    const Received received = TRY(source_.receive(std::max(slice, BoardTime(0))));
    for (const Chunk& chunk : received.chunks) TRY(take(chunk));
    if (!received.chunks.empty()) continue;
    if (unended) {
      offered_ = true;
      if (wanted(current_)) {
        TRY(end_line(false));
        unread_.clear();  // it was offered just now
        return Wait::kFound;
      }
    }
    if (!received.stalled.empty()) {
      stalled_ = received.stalled;
      return Wait::kStalled;
    }
    if (source_.now() >= deadline) return Wait::kTimeUp;
  }
}

Outcome<void> Console::drain() {
  const Received received = TRY(source_.receive(BoardTime(0)));
  for (const Chunk& chunk : received.chunks) TRY(take(chunk));
  return {};
}

void Console::skip() {
  unread_.clear();
  offered_ = true;
}

Outcome<void> Console::take(const Chunk& chunk) {
  if (sink_) TRY(sink_->bytes(chunk.bytes));
  for (const char byte : chunk.bytes) {
    if (current_.number == 0) {
      current_ = {.number = next_number_++,
                  .offset = total_,
                  .time = chunk.time,
                  .wall = std::chrono::system_clock::now()};
      offered_ = false;
    }
    ++total_;
    if (byte == '\n') {
      TRY(end_line(true));
    } else {
      current_.text += byte;
      offered_ = false;
      if (current_.text.size() >= limits_.line) TRY(end_line(false));
    }
  }
  if (total_ > limits_.total)
    return Failure{"the console floods: more than " + std::to_string(limits_.total >> 20) +
                   " MiB of output in this run; its last line was number " +
                   std::to_string(next_number_ - 1)};
  return {};
}

Outcome<void> Console::end_line(bool ended) {
  std::string& text = current_.text;
  while (!text.empty() && text.back() == '\r') text.pop_back();
  text.erase(0, std::min(text.find_first_not_of('\r'), text.size()));  // LF CR senders
  current_.ended = ended;
  if (sink_) TRY(sink_->line(current_));
  recent_.push_back(current_);
  if (recent_.size() > limits_.recent) recent_.pop_front();
  unread_.push_back(std::move(current_));
  current_ = {};
  return {};
}

std::vector<Line> Console::recent() const {
  std::vector<Line> result(recent_.begin(), recent_.end());
  if (current_.number != 0) result.push_back(current_);
  return result;
}

}  // namespace probes::console
