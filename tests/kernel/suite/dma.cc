// Memory for devices: who gets it, what it is like, what cannot be done with it, and that it is the
// same after its driver has died.
#include "firmware/interfaces/echo.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "kernel/abi/message.h"
#include "tests/kernel/suite/subjects.h"

namespace suite {
namespace {

using base::Code;
using interfaces::Echo;
using kernel::abi::Info;
using kernel::abi::Kind;
using runtime::Syscall;

constexpr uint32_t kPage = kernel::abi::kPageSize;
constexpr uint32_t kGranted = 4 * kPage, kOthers = 8 * kPage;  // driver's and mighty's manifests
constexpr uint32_t kWords = kGranted / 4;
// Where the virtual board and the chip have the memory's encrypted window; nobody's RAM elsewhere.
constexpr uint32_t kEncryptedBegin = 0x4000'0000, kEncryptedEnd = 0x6000'0000;

struct Memory {
  uint32_t error = 0, address = 0, physical = 0;
};

Answer call(const Subject& subject, Syscall number, uint32_t a = 0, uint32_t b = 0, uint32_t c = 0,
            uint32_t d = 0) {
  return subject.act(Action::kSystemCall, static_cast<uint32_t>(number), a, b, c, d);
}
Memory map(const Subject& subject, uint32_t bytes) {
  const Answer answer = call(subject, Syscall::kMapDma, bytes);
  if (answer.error.word) return {.error = answer.error.word};
  return {answer.words[0], answer.words[1], answer.words[2]};
}
bool is(uint32_t error, Code code) {
  return error != 0 && base::Error{error}.code() == code;
}

class Part {
 public:
  explicit Part(Report& report) : report_(report) {}

  void rights();
  void shape();
  void caches();
  void sharing();
  void refusals();
  void borrowed();

  uint32_t lives() const { return lives_; }

 private:
  /// All that the driver may have, in its next life: at the same place, and zeros.
  void map_again(std::string_view after);
  /// A use that must end the driver.
  void must_kill(std::string_view what, Syscall number, uint32_t a, uint32_t b, uint32_t c = 0,
                 uint32_t d = 0);
  uint32_t echo() const {
    const auto id = runtime::find_service("os/echo");
    return id ? driver_.act(Action::kConnect, *id).words[0] : 0;
  }

  Report& report_;
  Subject& driver_ = cast().driver;
  Memory memory_{};
  uint32_t lives_ = 1;
};

void Part::rights() {
  report_.check("a process without the call is denied it",
                is(map(cast().one, 1).error, Code::kDenied));
  report_.check("one without a grant gets none", is(map(cast().keyholder, 1).error, Code::kDenied));
  report_.check("no bytes are no request", is(map(driver_, 0).error, Code::kInvalid));
  report_.check("more than granted is denied",
                is(map(driver_, kGranted + 1).error, Code::kDenied) &&
                    is(map(driver_, ~0u).error, Code::kDenied));
}

void Part::shape() {
  memory_ = map(driver_, kGranted - kPage);
  report_.check("it is given", memory_.error == 0, memory_.error);
  const Memory rest = map(driver_, kPage - 100);
  report_.check("so is the rest", rest.error == 0, rest.error);
  report_.check("pieces follow one another in memory, with a hole between their addresses",
                rest.physical == memory_.physical + kGranted - kPage &&
                    rest.address >= memory_.address + kGranted,
                rest.physical);
  report_.check("then there is no more", is(map(driver_, 1).error, Code::kDenied));
  const Memory other = map(cast().mighty, kOthers);
  report_.check("another driver gets its own", other.error == 0, other.error);
  report_.check("which is elsewhere", other.physical + kOthers <= memory_.physical ||
                                          memory_.physical + kGranted <= other.physical);
  for (const Memory& memory : {memory_, rest, other}) {
    report_.check("it begins at a page",
                  memory.physical % kPage == 0 && memory.address % kPage == 0);
    report_.check("it is outside of the encrypted window",
                  memory.physical < kEncryptedBegin || memory.physical >= kEncryptedEnd,
                  memory.physical);
  }
  const Answer seen = driver_.act(Action::kLook, memory_.address, kWords - kPage / 4, 1);
  report_.check("it is zeros", seen.words[1] == kWords - kPage / 4, seen.words[1]);
  runtime::system_call(Syscall::kKill, driver_.identity());
  map_again("it was killed");
}

void Part::map_again(std::string_view after) {
  report_.check(after, driver_.bury().has_value());
  ++lives_;
  const uint32_t before = memory_.physical;
  memory_ = map(driver_, kGranted);
  report_.check("its next life gets the same memory",
                memory_.error == 0 && memory_.physical == before, memory_.physical);
  const Answer seen = driver_.act(Action::kLook, memory_.address, kWords, lives_ - 1);
  report_.check("as zeros", seen.words[1] == kWords && seen.words[0] == 0, seen.words[1]);
  driver_.act(Action::kFill, memory_.address, kWords, lives_);
}

void Part::caches() {
  const auto whole = [&] {
    return driver_.act(Action::kLook, memory_.address, kWords, lives_).words[0] == kWords;
  };
  const auto maintain = [&](Syscall number, uint32_t offset, uint32_t bytes) {
    return call(driver_, number, memory_.address + offset, bytes).words[0] == 0;
  };
  report_.check("it is written", whole());
  report_.check("it is cleaned", maintain(Syscall::kCacheClean, 0, kGranted));
  report_.check("and forgotten by the cache", maintain(Syscall::kCacheInvalidate, 0, kGranted));
  report_.check("what was cleaned is there", whole());
  driver_.act(Action::kFill, memory_.address, kWords, lives_);
  // Ends in the middle of lines: their other bytes stay.
  constexpr uint32_t kOffsets[] = {4, 36, kPage - 4, 2 * kPage + 28};
  for (const uint32_t offset : kOffsets)
    report_.check("a piece is forgotten", maintain(Syscall::kCacheClean, offset, 8) &&
                                              maintain(Syscall::kCacheInvalidate, offset, 8));
  report_.check("its neighbours are there", whole());
  report_.check("nothing is maintained for no bytes",
                maintain(Syscall::kCacheClean, 0, 0) && maintain(Syscall::kCacheInvalidate, 0, 0));
}

void Part::sharing() {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < kWords; ++i) sum += pattern(lives_, i);
  const Answer lent =
      call(driver_, Syscall::kCall, echo(), Info::make(Kind::kLend, Echo::Sum::kMethod.opcode).bits,
           memory_.address, kGranted);
  report_.check("it can be lent for reading", lent.words[0] == 0 && lent.words[2] == sum,
                lent.words[2]);
}

void Part::must_kill(std::string_view what, Syscall number, uint32_t a, uint32_t b, uint32_t c,
                     uint32_t d) {
  const Answer answer = call(driver_, number, a, b, c, d);
  report_.check(what, answer.died(), answer.error.word ? answer.error.word : answer.words[0]);
  const auto record = record_of(driver_.identity());
  report_.check("it died of that call", record && text_of(record->kind) == "bad system call" &&
                                            record->r[12] == static_cast<uint32_t>(number));
  map_again("it starts again");
}

void Part::refusals() {
  must_kill("it is not lent for writing", Syscall::kCall, echo(),
            Info::make(Kind::kLendMut, Echo::Fill::kMethod.opcode).bits, memory_.address, kPage);
  must_kill("it is not moved", Syscall::kSend, echo(),
            Info::make(Kind::kMove, Echo::Ping::kMethod.opcode).bits, memory_.address, kPage);
  must_kill("it is not given back", Syscall::kUnmap, memory_.address, kPage);
  for (const Syscall number : {Syscall::kCacheClean, Syscall::kCacheInvalidate}) {
    must_kill("nothing behind it is maintained", number, memory_.address, kGranted + 1);
    must_kill("nor before it", number, memory_.address - 4, 8);
    const Answer heap = driver_.act(Action::kPlace, static_cast<uint32_t>(Place::kHeap));
    must_kill("nor other memory", number, heap.words[0], 4);
    must_kill("nor the kernel's", number, 0xc000'0000, 4);
  }
}

void Part::borrowed() {
  const Answer opened = driver_.act(Action::kConnect, cast().two.service());
  const Answer lent = driver_.act(Action::kLendTo, opened.words[0], 0, memory_.address);
  report_.check("it is on loan", lent.error.word == 0 && lent.words[0] == 0, lent.words[0]);
  runtime::system_call(Syscall::kKill, driver_.identity());
  report_.check("its driver starts again", driver_.bury().has_value());
  report_.check("what is still read is not given again",
                is(map(driver_, kGranted).error, Code::kNoMemory));
  const Answer held = cast().two.act(Action::kPlace, static_cast<uint32_t>(Place::kHeld));
  const Answer seen = cast().two.act(Action::kLook, held.words[0], kWords, lives_);
  report_.check("the reader still sees it", seen.words[0] == kWords, seen.words[0]);
  report_.check("the reader answers", cast().two.act(Action::kAnswer, 0).error.word == 0);
  runtime::system_call(Syscall::kKill, driver_.identity());
  map_again("then it is given");
}

}  // namespace

uint32_t dma(interfaces::Printer& printer) {
  Report report(printer, "dma");
  mute_log(true);
  cast().refresh();
  const uint32_t free_before = free_pages();
  Part part(report);
  part.rights();
  part.shape();
  part.caches();
  part.sharing();
  part.refusals();
  part.borrowed();
  cast().refresh();
  mute_log(false);
  report.check("no page was lost", free_pages() == free_before, free_before - free_pages());
  Line line;
  line << "memory for devices was the same in " << part.lives() << " lives of its driver";
  report.say(line.view());
  return report.end();
}

}  // namespace suite
