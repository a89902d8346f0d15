// The supervisor process: one thread waits for processes to end, the other serves os/crash and
// starts what is to live again.
#include <algorithm>
#include <bit>
#include <new>

#include "firmware/interfaces/console.h"
#include "firmware/runtime/children.h"
#include "firmware/runtime/introspection.h"
#include "firmware/runtime/mutex.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/thread.h"
#include "firmware/services/supervisor/supervisor.h"

namespace {

using interfaces::Console;
using interfaces::Crash;
using kernel::abi::CrashRecord;
using namespace std::chrono_literals;

constexpr uint32_t kPriority = 26;
// A console that hangs must not keep processes dead.
constexpr base::Duration kConsolePatience = 200ms;

/// From the thread that waits for ends to the one that deals with them.
class Mailbox {
 public:
  /// Waits while it is full.
  void put(const CrashRecord& record, uint32_t lost) {
    runtime::Lock lock(mutex_);
    while (count_ == records_.size()) changed_.wait(mutex_);
    records_[(first_ + count_++) % records_.size()] = record;
    lost_ = lost;
  }
  /// False: empty.
  bool take(CrashRecord& record, uint32_t& lost) {
    runtime::Lock lock(mutex_);
    if (count_ == 0) return false;
    record = records_[first_];
    lost = lost_;
    first_ = (first_ + 1) % records_.size();
    --count_;
    changed_.notify_all();
    return true;
  }

 private:
  runtime::Mutex mutex_;
  runtime::Condition changed_;
  std::array<CrashRecord, 4> records_{};
  size_t first_ = 0, count_ = 0;
  uint32_t lost_ = 0;
};

constinit Mailbox mailbox;
constinit ipc::PageBuffer<char, 256> line_page;

class ProcessSystem final : public services::supervisor::System {
 public:
  explicit ProcessSystem(ipc::Client<Console> console) : console_(console) {}

  void print(std::string_view line) override {
    const auto out = line_page.items();
    const size_t length = std::min(line.size(), out.size() - 1);
    std::copy_n(line.begin(), length, out.begin());
    out[length] = '\n';
    // While the console is dead or stuck, the kernel's log still says that something ended.
    (void)console_.call(Console::Write{.text = {line_page, length + 1}},
                        ipc::Within{kConsolePatience});
  }
  kernel::abi::Restart policy(uint8_t pid) override {
    const auto numbers = runtime::statistics(kernel::abi::Statistics::kProcess, pid);
    if (!numbers) return {};
    return std::bit_cast<kernel::abi::Restart>(static_cast<uint32_t>((*numbers)[8]));
  }
  base::Result<kernel::abi::Identity> start(uint8_t pid) override {
    return runtime::start_process(pid - 1u);
  }

 private:
  ipc::Client<Console> console_;
};

struct Served : services::supervisor::Supervisor {
  using Supervisor::Supervisor;
  /// By the other thread: there is mail.
  void notified(uint32_t) {
    CrashRecord record;
    uint32_t lost = 0;
    while (mailbox.take(record, lost)) ended(record, lost);
  }
};

/// Hands every end over, until the kernel refuses.
void watch(ipc::Client<Crash> self) {
  CrashRecord record;
  for (;;) {
    const auto lost = runtime::read_crash(record);
    if (!lost) runtime::exit(static_cast<int>(lost.error().word));
    mailbox.put(record, *lost);
    if (const auto told = self.notify(1); !told) runtime::exit(static_cast<int>(told.error().word));
  }
}

alignas(Served) constinit std::byte memory[sizeof(Served)] = {};

base::Result<void> run() {
  auto port = TRY(runtime::serve(Crash::kName));
  const auto self = TRY(runtime::connect<Crash>());
  ProcessSystem system(TRY(runtime::connect<Console>()));
  runtime::KernelClock clock;
  auto* served = new (memory) Served(system, clock);
  auto watcher = [self] { watch(self); };
  TRY(runtime::Thread::start(watcher, {.priority = kPriority, .stack_bytes = 8192}));
  return ipc::serve<Crash>(port, *served);
}

}  // namespace

int process_main() {
  return static_cast<int>(run().error().word);
}
