// Starts the process that walks the longest ways through the kernel, and hears how it ended.
#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "tests/kernel/suite/subjects.h"

namespace suite {

uint32_t longest(interfaces::Printer& printer) {
  Report report(printer, "longest");
  const auto index = index_of("longest");
  report.check("the process is in the image", index.has_value());
  const uint32_t free_before = free_pages();
  const auto started = runtime::system_call(runtime::Syscall::kProcessStart, index.value_or(0));
  report.check("it starts", started.error == 0, started.error);
  const auto record = record_of(started.r1);
  const bool exited = record && record->reason == kernel::abi::EndReason::kExited;
  report.check("it comes to its end", exited);
  // Otherwise the line of its source whose check failed.
  if (exited) report.check("all went as it should", record->exit_code == 0, record->exit_code);
  report.check("no page was lost", free_pages() == free_before, free_before - free_pages());
  return report.end();
}

}  // namespace suite
