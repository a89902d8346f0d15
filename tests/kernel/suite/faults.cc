// Processes that break a rule of the machine: each dies alone.
#include "firmware/interfaces/victim.h"
#include "firmware/runtime/process.h"
#include "tests/kernel/suite/suite.h"

namespace suite {
namespace {

using interfaces::Fault;

template <size_t Index>
bool dies() {
  auto victim = runtime::connect<interfaces::VictimNumber<Index>>();
  if (!victim) return false;
  const auto result = victim->call(interfaces::Victim::Commit{.fault = static_cast<Fault>(Index)});
  return !result && result.error().code() == base::Code::kNotFound;
}

}  // namespace

uint32_t faults(interfaces::Printer& printer) {
  Report report(printer, "faults");
  const uint32_t free_before = free_pages();
  report.check("null", dies<0>());
  report.check("write_text", dies<1>());
  report.check("execute_data", dies<2>());
  report.check("undefined", dies<3>());
  report.check("privileged", dies<4>());
  report.check("stack", dies<5>());
  report.check("kernel", dies<6>());
  runtime::sleep(std::chrono::milliseconds(20));  // their ends are finished
  report.check("frames came home", free_pages() >= free_before, free_pages() - free_before);
  return report.end();
}

}  // namespace suite
