#include "firmware/runtime/syscall.h"
#include "kernel/abi/statistics.h"
#include "tests/kernel/suite/suite.h"

namespace suite {
namespace {

/// Without a console there is nobody to tell.
void print(interfaces::Printer& printer, const Line& line) {
  if (!printer.print(line.view())) runtime::system_call(runtime::Syscall::kExit, 1);
}

}  // namespace

void Report::say(std::string_view text) {
  Line line;
  line << "suite: " << part_ << ": " << text << "\n";
  print(printer_, line);
}

void Report::check(std::string_view what, bool passed, bool aloud) {
  ++checks_;
  failures_ += !passed;
  if (passed && !aloud) return;
  Line line;
  line << (passed ? "passed " : "FAILED ") << what;
  say(line.view());
}

void Report::check(std::string_view what, bool passed, uint32_t number) {
  Line line;
  line << what << " (";
  line.hex(number) << ")";
  check(line.view(), passed);
}

uint32_t Report::end() {
  Line line;
  if (failures_ == 0)
    line << checks_ << " checks passed";
  else
    line << failures_ << " of " << checks_ << " checks FAILED";
  say(line.view());
  return failures_;
}

uint32_t free_pages() {
  return runtime::system_call(runtime::Syscall::kStatistics,
                              static_cast<uint32_t>(kernel::abi::Statistics::kSystem))
      .r3;
}

}  // namespace suite
