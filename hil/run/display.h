// What a person sees while a run goes on: a live line in a terminal, plain lines otherwise.
#pragma once

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

#include "hil/record/results.h"
#include "probes/console/console.h"

namespace hil::run {

class Display {
 public:
  /// Writes to `out`; live when that is a terminal.
  explicit Display(FILE* out);

  void run_begins(const record::Results& results);
  void step_begins(const record::StepResult& step, size_t of);
  void step_ends(const record::StepResult& step, size_t of);
  /// The running step's progress; shown live only.
  void progress(double done, std::string_view words);
  void console_line(const probes::console::Line& line);
  void run_ends(const record::Results& results, const std::string& folder);

 private:
  void status_line(bool force);
  std::string colored(const char* code, const std::string& text) const;

  FILE* out_;
  bool live_, color_;
  std::string head_, detail_;
  std::string part_;
  std::chrono::steady_clock::time_point step_begin_{}, last_drawn_{};
};

/// "1.23 s", "45 ms".
std::string seconds_text(double seconds);

}  // namespace hil::run
