#include "tests/kernel/suite/subjects.h"

#include <atomic>
#include <cstring>

#include "firmware/interfaces/subject.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "kernel/abi/statistics.h"

namespace suite {
namespace {

using kernel::abi::Info;
using kernel::abi::Kind;
using kernel::abi::Statistics;
using runtime::Syscall;
using namespace std::chrono_literals;

// Records wait here until somebody asks; the newest push out the oldest.
constinit std::array<CrashRecord, 16> records{};
constinit runtime::Mutex records_mutex{};
constinit uint32_t next_record = 0, lost_records = 0;

std::atomic<Mourner> mourner = nullptr;

std::atomic<uint32_t> muted = 0, ignored = 0;
constinit Cast the_cast{};

}  // namespace

std::string_view text_of(std::span<const char> padded) {
  size_t length = 0;
  while (length < padded.size() && padded[length]) ++length;
  return {padded.data(), length};
}

Cast& cast() {
  return the_cast;
}

void mute_log(bool mute) {
  muted = mute;
}
bool log_is_muted() {
  return muted != 0;
}
void ignore_log(bool ignore) {
  ignored = ignore;
  if (!ignore) runtime::sleep(20ms);  // its reader looks at least that often
}
bool log_is_ignored() {
  return ignored != 0;
}

void hand_records_to(Mourner each) {
  mourner = each;
}

void read_crash_records() {
  alignas(8) static CrashRecord record;
  for (;;) {
    const auto read =
        runtime::system_call(Syscall::kCrashRead, reinterpret_cast<uintptr_t>(&record));
    if (read.error) return;
    if (const Mourner each = mourner) {
      each(record);
      continue;
    }
    runtime::Lock lock(records_mutex);
    lost_records = read.r1;
    records[next_record++ % records.size()] = record;
  }
}

uint32_t records_lost() {
  runtime::Lock lock(records_mutex);
  return lost_records;
}

std::optional<CrashRecord> record_of(uint32_t identity) {
  for (unsigned tries = 0; tries < 20'000; ++tries) {
    {
      runtime::Lock lock(records_mutex);
      for (const CrashRecord& record : records)
        if (record.identity == identity) return record;
    }
    runtime::sleep(50us);
  }
  return {};
}

std::optional<uint32_t> index_of(std::string_view name) {
  for (uint32_t pid = 1; pid < 64; ++pid) {
    // Registers r1 to r6 hold the name: more than system_call() returns.
    uint32_t regs[8] = {pid};
    const auto got = runtime::message_call(
        Syscall::kStatistics, static_cast<uint32_t>(Statistics::kProcessName), pid, regs);
    if (got.r0) continue;
    std::array<char, 24> bytes;
    std::memcpy(bytes.data(), &got.r1, 4);
    std::memcpy(bytes.data() + 4, regs, 20);
    if (text_of(bytes) == name) return pid - 1;
  }
  return {};
}

bool Subject::find(std::string_view name, std::string_view service) {
  const auto id = runtime::find_service(service);
  if (!id) return false;
  service_ = *id;
  auto opened = runtime::connect(*id, 1s);
  if (!opened) return false;
  handle_ = opened->handle();
  const auto index = index_of(name);
  if (!index) return false;
  index_ = *index;
  identity_ = runtime::system_call(Syscall::kStatistics,
                                   static_cast<uint32_t>(Statistics::kProcess), index_ + 1)
                  .r1;
  return true;
}

base::Error Subject::send(Kind kind, uint8_t opcode, Words& words) const {
  return {
      runtime::message_call(Syscall::kCall, handle_, Info::make(kind, opcode).bits, words.data())
          .r0};
}

Answer Subject::act(Action action, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e,
                    uint32_t f, uint32_t g) const {
  Answer answer{.words = {static_cast<uint32_t>(action), a, b, c, d, e, f, g}};
  answer.error = send(Kind::kCall, interfaces::Subject::Act::kMethod.opcode, answer.words);
  return answer;
}

std::optional<CrashRecord> Subject::bury() {
  const auto record = record_of(identity_);
  if (!record) return {};
  const auto started = runtime::system_call(Syscall::kProcessStart, index_);
  last_error_ = started.error;
  if (started.error) return {};
  identity_ = started.r1;
  for (unsigned tries = 0; tries < 50'000; ++tries) {
    if (!act(Action::kNothing).died()) return record;
    runtime::sleep(20us);
  }
  return {};
}

bool Cast::find() {
  return one.find("subject1", "test/subject1") && two.find("subject2", "test/subject2") &&
         three.find("subject3", "test/subject3") && four.find("subject4", "test/subject4") &&
         mighty.find("mighty", "test/mighty") && keyholder.find("keyholder", "test/keyholder") &&
         driver.find("driver", "test/driver") && watchdog.find("watchdog", "test/watchdog");
}

void Cast::refresh() {
  for (Subject* subject : {&one, &two, &three, &four, &mighty, &keyholder, &driver, &watchdog}) {
    runtime::system_call(Syscall::kKill, subject->identity());
    (void)subject->bury();
  }
}

}  // namespace suite
