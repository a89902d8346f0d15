#include "firmware/services/console/line_input.h"

namespace services::console {

std::string_view LineInput::type(char c) {
  constexpr char kBackspace = 0x08, kDelete = 0x7f;
  const bool second_half_of_a_line_end = c == '\n' && last_ == '\r';
  last_ = c;
  if (second_half_of_a_line_end) return {};
  if (c == '\r' || c == '\n') return finish();
  if (c == kBackspace || c == kDelete) {
    if (typing_.length == 0) return {};
    --typing_.length;
    return "\b \b";
  }
  if (c < ' ' || c > '~') return {};
  if (typing_.length == kMaxLine) return "\a";
  typing_.text[typing_.length++] = c;
  shown_ = c;
  return {&shown_, 1};
}

std::string_view LineInput::finish() {
  const Line line = typing_;
  typing_.length = 0;
  if (line.length == 0) return "\n";
  if (count_ == kLines) return "\nconsole: nobody reads, line dropped\n";
  finished_[(first_ + count_++) % kLines] = line;
  return "\n";
}

void LineInput::drop_oldest() {
  base::require(count_ > 0);
  first_ = (first_ + 1) % kLines;
  --count_;
}

}  // namespace services::console
