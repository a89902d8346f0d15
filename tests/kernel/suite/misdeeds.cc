// Every kind of fault, in a server with loans and calls open: it dies alone, for the right reason,
// and its clients go on with what is theirs.
#include "tests/kernel/subject/misdeeds.h"

#include "firmware/interfaces/subject.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "firmware/runtime/thread.h"
#include "tests/kernel/suite/subjects.h"

namespace suite {
namespace {

using Interface = interfaces::Subject;
using kernel::abi::Kind;
using runtime::Syscall;
using namespace std::chrono_literals;

/// Those that take an address where there is nothing, which only the driver has.
constexpr subject::Expected kBusErrors[] = {
    {Misdeed::kReadBus, "read of nothing", "bus error"},
    {Misdeed::kWriteBus, "write to nothing", "bus error"},
};
/// Where the boards have nothing: driver/*/manifest.toml.
constexpr uint32_t kNowhere[] = {0xf804'c000, 0x0b00'0000}, kNowhereBytes = 0x4000;

constinit ipc::PageBuffer<uint32_t, 2048> lent;
constinit ipc::PageBuffer<uint32_t, 2048> taken;

/// A client that waits for a subject, in a thread of its own.
struct Client {
  const Subject* server = nullptr;
  Kind kind{};
  uint8_t opcode = 0;
  ipc::PageBuffer<uint32_t, 2048>* pages = nullptr;
  base::Error error{};
  std::optional<runtime::Thread> thread{};

  void operator()() {
    Words words{};
    if (pages)
      words = {static_cast<uint32_t>(reinterpret_cast<uintptr_t>(pages->items().data())), 8192};
    error = server->send(kind, opcode, words);
  }
  bool start(uint32_t priority) {
    auto started = runtime::Thread::start(*this, {.priority = priority, .stack_bytes = 4096});
    if (!started) return false;
    thread.emplace(*started);
    return true;
  }
  bool ended_with_not_found() {
    if (!thread || !thread->join()) return false;
    thread.reset();
    return error.word != 0 && error.code() == base::Code::kNotFound;
  }
};
constinit Client holder, taker, waiter, queued;

void fill(ipc::PageBuffer<uint32_t, 2048>& pages, uint32_t seed) {
  for (uint32_t i = 0; i < pages.items().size(); ++i) pages.items()[i] = seed + i * 0x9e37'79b9;
}
bool is_filled(ipc::PageBuffer<uint32_t, 2048>& pages, uint32_t seed) {
  for (uint32_t i = 0; i < pages.items().size(); ++i)
    if (pages.items()[i] != seed + i * 0x9e37'79b9) return false;
  return true;
}

void one(Report& report, Subject& subject, const subject::Expected& expected, uint32_t device = 0) {
  const uint32_t seed = static_cast<uint32_t>(expected.misdeed) * 0x1111;
  fill(lent, seed);
  fill(taken, ~seed);
  holder.kind = Kind::kLend, holder.opcode = Interface::Hold::kMethod.opcode, holder.pages = &lent;
  taker.kind = Kind::kLendMut, taker.opcode = Interface::Take::kMethod.opcode, taker.pages = &taken;
  waiter.kind = Kind::kCall, waiter.opcode = Interface::Wait::kMethod.opcode;
  queued.kind = Kind::kCall, queued.opcode = Interface::Wait::kMethod.opcode;
  for (Client* client : {&holder, &taker, &waiter, &queued}) client->server = &subject;
  // Above us: each has made its call when we go on. The last is below: it runs when we wait, and
  // then the subject is busy with what kills it.
  const bool started = holder.start(kSuitePriority + 1) && taker.start(kSuitePriority + 1) &&
                       waiter.start(kSuitePriority + 1) && queued.start(kSuitePriority - 1);
  report.check(expected.name, started);
  if (!started) return;
  const Answer answer =
      subject.act(Action::kMisbehave, static_cast<uint32_t>(expected.misdeed), device);
  report.check(expected.name, answer.died(), answer.error.word);
  for (Client* client : {&holder, &taker, &waiter, &queued})
    report.check("its clients get kNotFound", client->ended_with_not_found(), client->error.word);
  report.check("what was lent is whole", is_filled(lent, seed));
  report.check("what was lent for writing is whole", is_filled(taken, ~seed));
  lent.items()[0] = taken.items()[2047] = 1;  // and ours to write
  const auto record = subject.bury();
  report.check("it starts again", record.has_value());
  if (!record) return;
  const std::string_view kind = text_of(record->kind);
  Line line;
  line << expected.name << ": " << kind;
  report.check(line.view(), kind.starts_with(expected.kind));
  report.check("its end is a fault", record->reason == kernel::abi::EndReason::kFaulted);
}

}  // namespace

uint32_t breakpoint(interfaces::Printer& printer) {
  Report report(printer, "breakpoint");
  one(report, cast().one, {Misdeed::kBreakpoint, "breakpoint", "debug event"});
  return report.end();
}

uint32_t misdeeds(interfaces::Printer& printer) {
  Report report(printer, "misdeeds");
  cast().refresh();
  const uint32_t free_before = free_pages();
  for (const subject::Expected& expected : subject::kMisdeeds) one(report, cast().one, expected);
  for (const subject::Expected& expected : kBusErrors) {
    uint32_t device = 0;
    for (const uint32_t address : kNowhere) {
      const Answer mapped = cast().driver.act(
          Action::kSystemCall, static_cast<uint32_t>(Syscall::kMapDevice), address, kNowhereBytes);
      if (mapped.error.word == 0 && mapped.words[0] == 0) device = mapped.words[1];
    }
    report.check("there is a range with nothing in it", device != 0);
    if (device) one(report, cast().driver, expected, device);
  }
  cast().refresh();
  report.check("no page was lost", free_pages() == free_before, free_before - free_pages());
  Line line;
  line << std::size(subject::kMisdeeds) + std::size(kBusErrors)
       << " kinds of fault, each with two loans, a call and a queued call open";
  report.say(line.view());
  return report.end();
}

}  // namespace suite
