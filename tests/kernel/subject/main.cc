// A subject of the kernel's suite. All subjects run this program; which of them it is follows from
// which service its manifest lets it serve.
#include <algorithm>
#include <atomic>
#include <optional>

#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "firmware/runtime/thread.h"
#include "tests/kernel/subject/subject.h"

namespace subject {

constinit Buffer buffer;

namespace {

using interfaces::Subject;
using runtime::Syscall;
using suite::Action;
using suite::Place;

// firmware/runtime/process.ld
extern "C" const uint32_t _start[], process_text_end[], process_constants[], process_data[],
    process_data_end[];

uint32_t address_of(const auto* place) {
  return reinterpret_cast<uintptr_t>(place);
}

/// The call that lends our own buffer, in a thread of its own because it blocks.
struct Lender {
  uint32_t connection = 0, info = 0, address = 0;
  uint32_t result = 0;
  std::optional<runtime::Thread> thread{};
  std::atomic<uint32_t> begun = 0;

  void operator()() {
    std::array<uint32_t, 8> words{address, suite::kBufferPages * 4096};
    begun = 1;
    result = runtime::message_call(Syscall::kCall, connection, info, words.data()).r0;
  }
};
constinit Lender lender;

class Server {
 public:
  base::Result<Subject::Act::Reply> handle(const Subject::Act& act, ipc::Caller) {
    Subject::Act::Reply reply;
    reply.words = obey(act.words);
    return reply;
  }
  void handle(const Subject::Hold& request, ipc::Caller, ipc::Promise<Subject::Hold> promise) {
    if (hold_) return (void)promise.keep(busy());
    held_ = {address_of(request.pages.view().data()), address_of(&*request.pages.view().end())};
    hold_.emplace(std::move(promise));
  }
  void handle(const Subject::Take& request, ipc::Caller, ipc::Promise<Subject::Take> promise) {
    if (take_) return (void)promise.keep(busy());
    taken_ = {address_of(request.pages.view().data()), address_of(&*request.pages.view().end())};
    take_.emplace(std::move(promise));
  }
  void handle(const Subject::Wait&, ipc::Caller, ipc::Promise<Subject::Wait> promise) {
    if (wait_) return (void)promise.keep(busy());
    wait_.emplace(std::move(promise));
  }

 private:
  struct Range {
    uint32_t begin = 0, end = 0;
  };

  static base::Error busy() { return base::make_error(base::Code::kBusy, 0, 0); }

  template <class Promise>
  static uint32_t answer(std::optional<Promise>& promise) {
    if (!promise) return busy().word;
    const auto kept = promise->keep({});
    promise.reset();
    return kept ? 0 : kept.error().word;
  }

  Words obey(const Words& words) {
    const auto action = static_cast<Action>(words[0]);
    switch (action) {
      case Action::kNothing:
        return {};
      case Action::kRead:
        return {probe_read(words[1])};
      case Action::kWrite:
        probe_write(words[1], 0);
        return {};
      case Action::kExecute:
        probe_execute(words[1]);
        return {};
      case Action::kSystemCall:
        return system_call(words);
      case Action::kPlace: {
        const Range range = place(static_cast<Place>(words[1]));
        return {range.begin, range.end};
      }
      case Action::kConnect:
        return {runtime::system_call(Syscall::kConnect, words[1]).r1};
      case Action::kAnswer:
        if (words[1] == 0) held_ = {};
        if (words[1] == 1) taken_ = {};
        return {words[1] == 0 ? answer(hold_) : words[1] == 1 ? answer(take_) : answer(wait_)};
      case Action::kLendTo:
        return {
            lend(words[1], words[2] != 0, words[3] ? words[3] : address_of(buffer.items().data()))};
      case Action::kLendEnd:
        if (!lender.thread) return {~0u};
        (void)lender.thread->join();
        lender.thread.reset();
        return {lender.result};
      case Action::kMisbehave:
        // Whoever calls meanwhile is in the queue when the process dies.
        runtime::sleep(std::chrono::milliseconds(2));
        misbehave(static_cast<suite::Misdeed>(words[1]), words[2]);
      case Action::kExhaust: {
        const auto [had, error] = exhaust(static_cast<suite::Resource>(words[1]), words[2]);
        return {had, error};
      }
      case Action::kRandom:
        return {random_calls(words[1], words[2])};
      case Action::kWatch:
        watch(words[1]);
        return {};
      case Action::kWatched: {
        const auto [count, worst] = watched();
        return {count, worst};
      }
      case Action::kCanaries:
        return canaries(words[1]);
      case Action::kFill: {
        auto* to = reinterpret_cast<volatile uint32_t*>(uintptr_t{words[1]});
        for (uint32_t i = 0; i < words[2]; ++i) to[i] = suite::pattern(words[3], i);
        return {};
      }
      case Action::kLook: {
        const auto* from = reinterpret_cast<const volatile uint32_t*>(uintptr_t{words[1]});
        Words back{};
        for (uint32_t i = 0; i < words[2]; ++i) {
          const uint32_t word = from[i];
          back[0] += word == suite::pattern(words[3], i);
          back[1] += word == 0;
        }
        return back;
      }
      case Action::kFillFloats:
        fill_floats(words[1]);
        return {};
      case Action::kLookFloats:
        return look_at_floats(words[1]);
    }
    return {~0u};
  }

  static Words look_at_floats(uint32_t seed) {
    alignas(8) static std::array<uint32_t, 64> floats;
    store_floats(floats.data());
    Words back{};
    for (uint32_t i = 0; i < floats.size(); ++i) {
      back[0] += floats[i] == (i % 2 ? seed : suite::float_pattern(seed, i / 2));
      back[1] += floats[i] == 0;
    }
    floats = {};
    return back;
  }

  static Words system_call(const Words& words) {
    RawRegisters registers;
    for (unsigned i = 0; i < 6; ++i) registers.r[i] = words[2 + i];
    registers.r[10] = 0, registers.r[11] = 0x10000;  // of kCallTimed: for days
    registers.r[12] = words[1];
    raw_call(&registers);
    Words back;
    std::copy_n(registers.r.begin(), back.size(), back.begin());
    return back;
  }

  uint32_t lend(uint32_t connection, bool mutably, uint32_t address) {
    lender.connection = connection;
    lender.address = address;
    lender.info = kernel::abi::Info::make(
                      mutably ? kernel::abi::Kind::kLendMut : kernel::abi::Kind::kLend,
                      mutably ? Subject::Take::kMethod.opcode : Subject::Hold::kMethod.opcode)
                      .bits;
    lender.begun = 0;
    // Above ourselves, so that its call is made before we go on.
    auto thread =
        runtime::Thread::start(lender, {.priority = suite::kSubjectPriority, .stack_bytes = 4096});
    if (!thread) return thread.error().word;
    lender.thread.emplace(*thread);
    while (lender.begun == 0) runtime::yield();
    runtime::sleep(std::chrono::microseconds(200));
    return 0;
  }

  Range place(Place which) {
    const uint32_t text = address_of(_start);
    const uint32_t buffer_begin = address_of(buffer.items().data());
    const uint32_t buffer_end = buffer_begin + suite::kBufferPages * 4096;
    switch (which) {
      case Place::kText:
        return {text, address_of(process_text_end)};
      case Place::kConstants:
        return {address_of(process_constants), address_of(process_data) & ~0xfffu};
      case Place::kData:
        return {address_of(process_data), address_of(process_data_end)};
      case Place::kBuffer:
        return {buffer_begin, buffer_end};
      case Place::kStack: {
        const volatile uint32_t local = 0;
        const uint32_t here = address_of(&local);
        // We stand in the upper of the manifest's two pages.
        return {(here & ~0xfffu) - 4096, (here & ~0xfffu) + 4096};
      }
      case Place::kArguments: {
        const uint32_t begin = address_of(&runtime::arguments());
        return {begin & ~0xfffu, (begin & ~0xfffu) + 4096};
      }
      case Place::kHeap: {
        static std::span<std::byte> page;
        if (page.empty())
          if (auto mapped = runtime::map(4096)) page = *mapped;
        return {address_of(page.data()), address_of(page.data()) + 4096};
      }
      case Place::kHeld:
        return held_;
      case Place::kTaken:
        return taken_;
      case Place::kReturn:
        return {reinterpret_cast<uintptr_t>(&just_return), 0};
      case Place::kCount:
        break;
    }
    return {};
  }

  std::optional<ipc::Promise<Subject::Hold>> hold_{};
  std::optional<ipc::Promise<Subject::Take>> take_{};
  std::optional<ipc::Promise<Subject::Wait>> wait_{};
  Range held_{}, taken_{};
};

}  // namespace
}  // namespace subject

int process_main() {
  alignas(subject::Server) static std::byte memory[sizeof(subject::Server)];
  for (std::string_view name : interfaces::kSubjectNames) {
    auto port = runtime::serve(name);
    if (!port) continue;  // another's, or not in this image
    auto* server = new (memory) subject::Server;
    return static_cast<int>(ipc::serve<interfaces::SubjectNumber<0>>(*port, *server).word);
  }
  return 1;
}
