#include "firmware/services/supervisor/supervisor.h"

#include <algorithm>

#include "base/modules.h"
#include "firmware/runtime/text.h"
#include "kernel/abi/layout.h"

namespace services::supervisor {
namespace {

constexpr uint8_t kModule = base::module_number("firmware/services/supervisor/supervisor.cc");
// The kernel finishes ends within milliseconds; a process that cannot be started for so long never
// will.
constexpr base::Duration kTryAgain = std::chrono::milliseconds(10);
constexpr unsigned kMostTries = 100;

using runtime::text_of;
using Line = runtime::Text<200>;
using kernel::abi::CrashRecord;
using kernel::abi::EndReason;

uint8_t pid_of(const CrashRecord& record) {
  return kernel::abi::Identity{record.identity}.pid();
}

void put_how(Line& line, const CrashRecord& record) {
  switch (record.reason) {
    case EndReason::kExited:
      line << "exited with ";
      if (record.exit_code > 0xffff) {
        line.hex(record.exit_code);  // an Error word, usually
      } else {
        line << record.exit_code;
      }
      return;
    case EndReason::kKilled:
      line << "was killed";
      return;
    case EndReason::kFaulted:
      break;
  }
  (line << "died: " << text_of(record.kind) << " at ").hex(record.address);
  (line << ", pc ").hex(record.pc - record.image + kernel::abi::kImageBase) << " as linked";
}

}  // namespace

void Supervisor::ended(const CrashRecord& record, uint32_t lost) {
  records_[counts_.ended++ % records_.size()] = record;
  if (record.reason == EndReason::kFaulted) ++counts_.faulted;
  counts_.lost = lost;

  const uint8_t pid = pid_of(record);
  Process& process = processes_[pid];
  process.name = record.name;
  const kernel::abi::Restart policy = system_.policy(pid);
  const Decision decision =
      process.restarts.ended(policy, record.reason, record.exit_code, clock_.now());

  Line line;
  line << "supervisor: " << text_of(record.name) << " (pid " << uint32_t{pid} << ") ";
  put_how(line, record);
  switch (decision.what) {
    case Decision::What::kStayDead:
      break;
    case Decision::What::kGiveUp:
      ++counts_.given_up;
      line << "; stays dead after " << uint32_t{policy.limit} << " restarts within "
           << uint32_t{policy.window_s} << " s";
      break;
    case Decision::What::kRestart:
      line << "; restart " << decision.times << " of " << uint32_t{policy.limit};
      if (decision.wait.count())
        line << " in " << static_cast<uint32_t>(decision.wait.count() / 1000) << " ms";
      process.due = clock_.now() + decision.wait;
      process.tries = 0;
      break;
  }
  system_.print(line.view());
  idle();
}

base::Result<Supervisor::Interface::List::Reply> Supervisor::handle(const Interface::List&,
                                                                    ipc::Caller) {
  return counts_;
}

base::Result<void> Supervisor::handle(const Interface::Describe& request, ipc::Caller) {
  const uint32_t kept = std::min<uint32_t>(counts_.ended, records_.size());
  if (request.age >= kept) return FAIL(kNotFound);
  request.record.view()[0] = records_[(counts_.ended - 1 - request.age) % records_.size()];
  return {};
}

base::Duration Supervisor::patience() {
  base::Duration next = base::Duration::max();
  for (const Process& process : processes_) next = std::min(next, process.due);
  if (next == base::Duration::max()) return next;
  return std::max(next - clock_.now(), base::Duration::zero());
}

void Supervisor::idle() {
  for (size_t pid = 0; pid < processes_.size(); ++pid)
    if (processes_[pid].due <= clock_.now()) start(static_cast<uint8_t>(pid), processes_[pid]);
}

void Supervisor::start(uint8_t pid, Process& process) {
  process.due = base::Duration::max();
  const auto started = system_.start(pid);
  Line line;
  line << "supervisor: " << text_of(process.name);
  if (started) {
    ++counts_.started;
    (line << " runs again as ").hex(started->bits);
  } else if (started.error().code() == base::Code::kBusy && ++process.tries < kMostTries) {
    process.due = clock_.now() + kTryAgain;
    return;
  } else {
    (line << " could not be started, error ").hex(started.error().word);
  }
  system_.print(line.view());
}

}  // namespace services::supervisor
