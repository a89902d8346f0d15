// The parts of audit(): each says what does not hold, in words that sabotage_test.cc knows.
#pragma once

#include <string>

#include "kernel/test/world.h"

namespace kernel::test {

/// Keeps the first thing that does not hold.
class Findings {
 public:
  void check(bool holds, const char* what) {
    if (!holds && first_.empty()) first_ = what;
  }
  void check(bool holds, const Thread& thread, const char* what) {
    if (holds || !first_.empty()) return;
    first_ = "thread " + std::to_string(thread.token & kTokenIndex) + what;
  }
  void check(bool holds, const Process& process, const char* what) {
    if (holds || !first_.empty()) return;
    first_ = "process " + std::to_string(process.pid) + what;
  }
  const std::string& first() const { return first_; }

 private:
  std::string first_;
};

/// Frames, quotas, address spaces, loans, memory for devices.
void audit_memory(const World& world, Findings& findings);
/// Nobody has more than the manifest, or its creator, gives it.
void audit_rights(const World& world, Findings& findings);
/// Who is who: identities, generations, tokens; and records of who has ended.
void audit_identities(const World& world, Findings& findings);

}  // namespace kernel::test
