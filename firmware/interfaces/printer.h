// Lines to the console, for processes that have something to say.
#pragma once

#include <algorithm>
#include <string_view>

#include "firmware/interfaces/console.h"
#include "firmware/runtime/ipc.h"

namespace interfaces {

/// Give it static storage: it holds the page that it lends. One thread at a time.
class Printer {
 public:
  explicit Printer(ipc::Client<Console> console) : console_(console) {}

  /// Writes all of `text`, waiting while the console is full. kNotFound: the console has died.
  base::Result<void> print(std::string_view text) {
    while (!text.empty()) {
      const size_t count = std::min(text.size(), page_.items().size());
      std::copy_n(text.begin(), count, page_.items().begin());
      TRY(console_.call(Console::Write{.text = {page_, count}}));
      text.remove_prefix(count);
    }
    return {};
  }
  base::Result<void> flush() { return console_.call(Console::Flush{}); }

 private:
  ipc::Client<Console> console_;
  ipc::PageBuffer<char, 4096> page_;
};

}  // namespace interfaces
