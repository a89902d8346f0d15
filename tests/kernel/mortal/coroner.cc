// Reads how the stand-ins of main.cc die, checks that it was of what they did and that nobody else
// did, and starts them again until each server has died of every kind of fault. Then it ends them
// all and exits with the number of deaths; with kWrong and the process and its generation if
// something was not as it should be.
#include <array>

#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "firmware/runtime/text.h"
#include "kernel/abi/crash.h"
#include "kernel/abi/statistics.h"
#include "tests/kernel/subject/misdeeds.h"

namespace {

using kernel::abi::CrashRecord;
using kernel::abi::EndReason;
using kernel::abi::Identity;
using kernel::abi::Statistics;
using runtime::Syscall;

constexpr uint32_t kWrong = 0x4000'0000;
constexpr uint32_t kKinds = std::size(subject::kMisdeeds);
constexpr uint32_t kMost = 64;  // processes

/// The process's identity while it lives, or 0.
uint32_t alive(uint32_t pid) {
  const auto got =
      runtime::system_call(Syscall::kStatistics, static_cast<uint32_t>(Statistics::kProcess), pid);
  return got.error == 0 && got.r2 == 1 ? got.r1 : 0;
}

bool serves(uint32_t pid) {
  for (const auto& service : runtime::services())
    if (service.process == pid - 1) return true;
  return false;
}

uint32_t run() {
  alignas(8) static CrashRecord record;
  std::array<uint32_t, kMost> lives{};
  uint32_t left = 0, deaths = 0;
  for (uint32_t pid = 1; pid < kMost; ++pid) left += serves(pid) ? kKinds : 0;
  for (; left > 0; --left, ++deaths) {
    const auto read =
        runtime::system_call(Syscall::kCrashRead, reinterpret_cast<uintptr_t>(&record));
    if (read.error || read.r1 != 0) return kWrong;
    if (record.reason == EndReason::kExited)
      return record.exit_code;  // a client that saw something
    // Every end is looked at, so one that had another's as its cause would be found here.
    const Identity who{record.identity};
    const uint32_t generation = ++lives[who.pid()];
    const bool right =
        serves(who.pid()) && who.generation() == generation && generation <= kKinds &&
        record.reason == EndReason::kFaulted &&
        runtime::text_of(record.kind).starts_with(subject::kMisdeeds[generation - 1].kind);
    const uint32_t about = kWrong | who.pid() << 8 | (generation & 0xff);
    if (!right) return about;
    if (generation == kKinds) continue;
    if (runtime::system_call(Syscall::kProcessStart, who.pid() - 1).error) return about;
  }
  return deaths;
}

/// Ends them all, so that the kernel itself says what comes.
void end_all() {
  for (uint32_t pid = 1; pid < kMost; ++pid)
    if (const uint32_t identity = alive(pid); identity && pid != runtime::arguments().pid)
      runtime::system_call(Syscall::kKill, identity);
}

}  // namespace

int process_main() {
  const uint32_t result = run();
  end_all();
  return static_cast<int>(result);
}
