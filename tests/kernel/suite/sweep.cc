// Every page of the four gigabytes, for reading, writing and running, by a process that may, with a
// few exceptions, none of it: a stranger, a lender and a borrower, around a loan. The one that
// reaches is intruder/intruder.S; it dies, the kernel's record says of what, and it is started
// again, as often as there are things to reach for.
#include <atomic>

#include "firmware/interfaces/subject.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "kernel/abi/message.h"
#include "kernel/abi/statistics.h"
#include "tests/kernel/suite/subjects.h"

namespace suite {
namespace {

using kernel::abi::EndReason;
using runtime::Syscall;
using namespace std::chrono_literals;

constexpr uint32_t kStride = 0x9'e375;  // as in intruder.S
constexpr uint32_t kIntruded = 0x5a00'0000;
constexpr uint32_t kGenerations = 1u << 24;

/// What its page was to the intruder: r9 of intruder.S.
enum class Class : uint32_t {
  kNothing,
  kText,
  kArguments,
  kStack,
  kShared,    ///< lent or borrowed, for reading
  kBorrowed,  ///< for writing
  kLent,      ///< for writing
  kCount
};
constexpr std::string_view kAccesses[] = {"read", "write", "execute"};

bool may(Class what, uint32_t access) {
  constexpr uint32_t kRead = 1, kWrite = 2, kExecute = 4;
  constexpr uint32_t kRights[] = {0,     kRead | kExecute, kRead, kRead | kWrite,
                                  kRead, kRead | kWrite,   0};
  static_assert(std::size(kRights) == static_cast<size_t>(Class::kCount));
  return what < Class::kCount && (kRights[static_cast<uint32_t>(what)] >> access & 1);
}

/// One sweep, as the thread that reads the crash records drives it.
struct Drive {
  uint32_t index = 0;     // of the intruder
  uint32_t identity = 0;  // the one that lives
  uint32_t left = 0;      // lives that have not begun
  uint32_t denied = 0, allowed = 0;
  std::array<uint32_t, static_cast<size_t>(Class::kCount)> met{};  // pages that were something
  std::atomic<uint32_t> lives = 0;                                 // that have ended
  std::atomic<uint32_t> stopped = 0;
  uint32_t wrong = 0;  // lives that did not end as they should
  CrashRecord first_wrong{};
};
constinit Drive drive{};

void start_next() {
  if (drive.left == 0) return (void)(drive.stopped = 1);
  --drive.left;
  // Written first: it may have ended when we hear that it was started.
  const uint32_t identity = drive.identity += 0x100;
  const auto started = runtime::system_call(Syscall::kProcessStart, drive.index);
  if (started.error == 0 && started.r1 == identity) return;
  drive.first_wrong.exit_code = started.error;
  ++drive.wrong;
  drive.stopped = 1;
}

/// Whether a life ended as it had to.
bool is_right(const CrashRecord& record) {
  const uint32_t generation = record.identity >> 8;
  const uint32_t page = (generation * kStride % kPagesOfAll) << 12, access = generation % 3;
  if (record.reason == EndReason::kExited) {
    const auto what = static_cast<Class>(record.exit_code >> 8 & 0xff);
    if ((record.exit_code & 0xffff'00ff) != (kIntruded | access) || !may(what, access))
      return false;
    ++drive.allowed;
    ++drive.met[static_cast<uint32_t>(what)];
    return true;
  }
  const auto what = static_cast<Class>(record.r[9]);
  if (record.reason != EndReason::kFaulted || (record.address & ~0xfffu) != page ||
      what >= Class::kCount || may(what, access) ||
      !text_of(record.kind).starts_with(kAccesses[access]))
    return false;
  ++drive.denied;
  ++drive.met[static_cast<uint32_t>(what)];
  return true;
}

void on_record(const CrashRecord& record) {
  if (record.identity != drive.identity || !is_right(record)) {
    if (drive.wrong++ == 0) drive.first_wrong = record;
    if (drive.wrong > 20 || record.identity != drive.identity) {
      drive.stopped = 1;
      return;
    }
  }
  drive.lives = drive.lives + 1;
  start_next();
}

/// Starts a process that is not there.
bool start(std::string_view name, uint32_t& identity) {
  const auto index = index_of(name);
  if (!index) return false;
  const auto started = runtime::system_call(Syscall::kProcessStart, *index);
  identity = started.r1;
  return started.error == 0;
}

/// Subjects one and three each lend to subject two, who keeps it; or it gives back.
bool set_loans(bool open) {
  Subject &writer = cast().one, &keeper = cast().two, &reader = cast().three;
  if (!open) {
    const Answer taken = keeper.act(Action::kAnswer, 1), held = keeper.act(Action::kAnswer, 0);
    const Answer a = writer.act(Action::kLendEnd), b = reader.act(Action::kLendEnd);
    return taken.words[0] == 0 && held.words[0] == 0 && a.words[0] == 0 && b.words[0] == 0;
  }
  for (Subject* lender : {&writer, &reader}) {
    const Answer opened = lender->act(Action::kConnect, keeper.service());
    const Answer lent = lender->act(Action::kLendTo, opened.words[0], lender == &writer);
    if (opened.error.word || lent.error.word || lent.words[0]) return false;
  }
  const auto bytes = [&](Place place) {
    const Answer where = keeper.act(Action::kPlace, static_cast<uint32_t>(place));
    return where.words[1] - where.words[0];
  };
  constexpr uint32_t kLoan = kBufferPages * kernel::abi::kPageSize;
  return bytes(Place::kTaken) == kLoan && bytes(Place::kHeld) == kLoan;
}

}  // namespace

uint32_t sweep(interfaces::Printer& printer, const Sweep& what, uint32_t lives) {
  Report report(printer, "sweep");
  cast().refresh();
  const uint32_t free_before = free_pages();
  uint32_t helper = 0;
  if (what.loans) report.check("two loans are open", set_loans(true));
  if (!what.helper.empty()) report.check("its helper starts", start(what.helper, helper));
  const auto index = index_of(what.intruder);
  report.check("there is such an intruder", index.has_value());
  if (!index) return report.end();
  mute_log(true);
  ignore_log(true);
  const uint32_t last =
      runtime::system_call(Syscall::kStatistics,
                           static_cast<uint32_t>(kernel::abi::Statistics::kProcess), *index + 1)
          .r1;
  const uint32_t first = (last >> 8) + 1;
  drive.index = *index;
  drive.identity = last ? last : *index + 1;  // generation 0: it has never lived
  drive.left = lives;
  drive.denied = drive.allowed = drive.wrong = 0;
  drive.lives = drive.stopped = 0;
  drive.met = {};
  hand_records_to(on_record);
  report.check("its generations do not begin again", first + lives < kGenerations, first);
  start_next();
  uint32_t seen = 0, idle = 0;
  for (; !drive.stopped && idle < 200; runtime::sleep(10ms)) {
    idle = drive.lives == seen ? idle + 1 : 0;
    seen = drive.lives;
  }
  hand_records_to(nullptr);
  report.check("it always came back", drive.stopped && drive.left == 0, drive.left);
  report.check("every life was lived", drive.lives == lives, drive.lives);
  Line wrong;
  wrong << "nothing was reached that should not be";
  if (drive.wrong) {
    const CrashRecord& record = drive.first_wrong;
    wrong << "; " << drive.wrong << " times, first by ";
    wrong.hex(record.identity) << ": " << text_of(record.kind) << " at ";
    wrong.hex(record.address) << ", exit code ";
    wrong.hex(record.exit_code) << ", class " << record.r[9];
  }
  report.check(wrong.view(), drive.wrong == 0);
  if (what.helper == "keeper") {
    // Its count shows that each life had its loans.
    const auto id = runtime::find_service("test/keeper");
    const auto opened = id ? runtime::system_call(Syscall::kConnect, *id) : runtime::Outcome{1};
    Words words{};
    const uint32_t error =
        runtime::message_call(Syscall::kCall, opened.r1, interfaces::Subject::Act::kMethod.opcode,
                              words.data())
            .r0;
    report.check("each life had two loans", error == 0 && words[0] == 2 * lives, words[0]);
  }
  if (helper) {
    report.check("its helper ends", runtime::system_call(Syscall::kKill, helper).error == 0);
    report.check("its helper has ended", record_of(helper).has_value());
  }
  if (what.loans) report.check("the loans end", set_loans(false));
  ignore_log(false);
  mute_log(false);
  cast().refresh();
  report.check("no page was lost", free_pages() == free_before, free_before - free_pages());
  uint32_t own = 0;
  for (size_t i = 1; i < drive.met.size(); ++i) own += drive.met[i];
  Line line;
  line << what.name << ": " << drive.denied << " accesses denied, " << drive.allowed << " allowed; "
       << own << " were to pages that it had";
  report.say(line.view());
  return report.end();
}

}  // namespace suite
