// Every corner of every argument of every system call: each gives what its contract says, or ends
// its caller. The expectations are the contract of kernel/abi/syscall.h, worked out from what the
// caller may do with its memory.
#include <algorithm>

#include "firmware/interfaces/echo.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "tests/kernel/suite/map.h"

namespace suite {
namespace {

using base::Code;
using kernel::abi::Info;
using kernel::abi::Kind;
using runtime::Syscall;

constexpr uint32_t kPage = kernel::abi::kPageSize;

/// A set of ends that a call may come to.
using Ends = uint32_t;
constexpr Ends kOk = 1;
constexpr Ends kFault = 1u << 31;
constexpr Ends operator|(Code a, Code b) {
  return 1u << static_cast<int>(a) | 1u << static_cast<int>(b);
}
constexpr Ends end_of(Code code) {
  return 1u << static_cast<int>(code);
}

/// What the caller has, and the values that are tried.
struct Table {
  Map map{};
  uint32_t echo = 0;  ///< its connection
  std::array<uint32_t, 96> addresses{};
  size_t address_count = 0;

  void add(uint32_t value) {
    if (address_count < addresses.size()) addresses[address_count++] = value;
  }
  /// Every life of the caller has its areas elsewhere.
  bool fill(Subject& caller) {
    if (!map.ask(caller)) return false;
    address_count = 0;
    {
      for (const Area& area : map.areas())
        for (const uint32_t value : {area.begin, area.begin + 4, area.end - kPage, area.end - 4,
                                     area.end - 1, area.end, area.begin - kPage, area.begin - 4})
          add(value);
      for (const uint32_t value :
           {0u, 1u, 3u, 4u, 8u, 0xfffu, 0x1000u, 0x7fff'f000u, 0x7fff'fffcu, 0x8000'0000u,
            0xbfff'f000u, 0xc000'0000u, 0xc000'1000u, 0xf000'0000u, 0xffff'f000u, 0xffff'fff8u,
            0xffff'fffcu, 0xffff'ffffu})
        add(value);
    }
    const Answer opened = caller.act(Action::kConnect, echo_service);
    echo = opened.words[0];
    return opened.error.word == 0 && echo != 0;
  }
  uint32_t echo_service = 0;
};

constexpr uint32_t kLengths[] = {0,      1,      4,           4095,        4096,        4097, 8192,
                                 65'536, 65'537, 0x7fff'ffff, 0x8000'0000, 0xffff'f000, ~0u};
constexpr uint32_t kNumbers[] = {0,     1,           2,           31,    32,    63,
                                 64,    255,         0x100,       0x107, 0x108, 0x200,
                                 0x23f, 0x7fff'ffff, 0x8000'0000, ~1u,   ~0u};

/// Is [address, address + bytes) ours to lend, page by page?
Ends lending(const Table& table, uint32_t address, uint32_t bytes, bool mutably) {
  const uint32_t pages = bytes / kPage + (bytes % kPage != 0);
  if (pages == 0 || pages > kernel::abi::kMaxLendPages) return end_of(Code::kInvalid);
  if (address % kPage) return kFault;
  const Access access = mutably ? Access::kWrite : Access::kRead;
  if (!table.map.allows(address, pages * kPage, access)) return kFault;
  return kOk | (Code::kInvalid | Code::kNoMemory);  // as the server likes the bytes
}

class Corners {
 public:
  Corners(Report& report, Depth depth) : report_(report), depth_(depth) {}

  bool begin() {
    const auto id = runtime::find_service("os/echo");
    if (!id) return false;
    table_.echo_service = *id;
    return table_.fill(cast().mighty);
  }

  /// One call, whose end must be among `ends`.
  void call(Syscall number, Ends ends, uint32_t a = 0, uint32_t b = 0, uint32_t c = 0,
            uint32_t d = 0) {
    Subject& caller = cast().mighty;
    const Answer answer =
        caller.act(Action::kSystemCall, static_cast<uint32_t>(number), a, b, c, d);
    ++calls_;
    Ends got = kFault;
    if (answer.died()) {
      ++faults_;
      const auto record = caller.bury();
      // It must have died of this call, not of something that came later.
      if (!record || text_of(record->kind) != "bad system call" ||
          record->r[12] != static_cast<uint32_t>(number))
        got = 0;
      if (!table_.fill(caller)) got = 0;
    } else if (const uint32_t error = answer.error.word ? answer.error.word : answer.words[0]) {
      got = end_of(base::Error{error}.code());
    } else {
      got = kOk;
    }
    last_ = answer.words;
    if (got & ends) return report_.check("", true);
    Line line;
    line << "call " << static_cast<uint32_t>(number) << " (";
    line.hex(a) << ", ";
    line.hex(b) << ", ";
    line.hex(c) << ", ";
    line.hex(d) << ") came to ";
    line.hex(got) << ", not ";
    line.hex(ends);
    report_.check(line.view(), false);
  }

  void ranges();
  void handles();
  void numbers();

  uint32_t calls() const { return calls_; }
  uint32_t faults() const { return faults_; }

 private:
  void one_range(uint32_t address, uint32_t bytes);

  Report& report_;
  Depth depth_;
  Table table_{};
  Words last_{};
  uint32_t calls_ = 0, faults_ = 0;
};

void Corners::one_range(uint32_t address, uint32_t bytes) {
  const Map& map = table_.map;
  const bool heap = address >= kernel::abi::kHeapBase && address <= kernel::abi::kHeapEnd &&
                    bytes <= kernel::abi::kHeapEnd - address;
  // Perhaps below where the process's heap begins, which is in another place after each death.
  const auto before = [&] { return heap && address < map.heap.begin; };
  const bool ours =
      map.heap.contains(address) || (address < map.heap.begin && map.heap.begin - address < bytes);

  call(Syscall::kCall, lending(table_, address, bytes, false), table_.echo,
       Info::make(Kind::kLend, interfaces::Echo::Sum::kMethod.opcode).bits, address, bytes);
  // Only what must not be lent for writing: the server would write over what the caller lives on.
  if (!(lending(table_, address, bytes, true) & kOk)) {
    call(Syscall::kCall, lending(table_, address, bytes, true), table_.echo,
         Info::make(Kind::kLendMut, interfaces::Echo::Fill::kMethod.opcode).bits, address, bytes);
    call(Syscall::kCallTimed, lending(table_, address, bytes, true), table_.echo,
         Info::make(Kind::kLendMut, interfaces::Echo::Fill::kMethod.opcode).bits, address, bytes);
  }
  if (!ours || address % kPage) {
    const uint32_t pages = bytes / kPage + (bytes % kPage != 0);
    call(
        Syscall::kSend,
        pages == 0 || pages > kernel::abi::kMaxLendPages ? end_of(Code::kInvalid) | kFault : kFault,
        table_.echo, Info::make(Kind::kMove, interfaces::Echo::Ping::kMethod.opcode).bits, address,
        bytes);
    Ends mapping = end_of(Code::kNoMemory) | kOk | (Code::kBusy | Code::kInvalid);
    if (address != 0 && bytes != 0 && (address % kPage || !heap))
      mapping = kFault | end_of(Code::kInvalid);
    if (bytes == 0) mapping = end_of(Code::kInvalid) | kFault;
    if (address != 0 && before()) mapping = mapping | kFault;
    call(Syscall::kMap, mapping, address, bytes);
    if (last_[0] == 0 && last_[1] != 0 && bytes != 0) call(Syscall::kUnmap, kOk, last_[1], bytes);
    const Ends unmapping = before() ? kOk | kFault : Ends{kOk};
    call(Syscall::kUnmap, bytes == 0 || address % kPage || !heap ? Ends{kFault} : unmapping,
         address, bytes);
  }
  const bool writable = map.allows(address, std::min(bytes, uint32_t{1024}), Access::kWrite);
  call(Syscall::kLogRead,
       end_of(Code::kBusy) | (bytes == 0 ? kOk | kFault
                              : writable ? kOk
                                         : kFault),
       address, bytes);
  call(Syscall::kTraceRead,
       address % 8 ? kFault
                   : kOk | (bytes >= 16 && !map.allows(address, 16, Access::kWrite) ? kFault : 0) |
                         (bytes < 16 || map.allows(address, bytes, Access::kWrite) ? 0 : kFault),
       address, bytes);
  call(Syscall::kCacheClean, bytes == 0 ? kFault | kOk : kFault, address, bytes);
  call(Syscall::kCacheInvalidate, bytes == 0 ? kFault | kOk : kFault, address, bytes);
  call(Syscall::kMapDevice, end_of(Code::kDenied), address, bytes);
  call(Syscall::kProcessGive, end_of(Code::kNotFound) | kFault, 5u << 8 | 5, address, bytes,
       kernel::abi::kImageBase);
}

void Corners::ranges() {
  // Not all: each address with every eighth length, beginning elsewhere each time.
  const size_t step = depth_ == Depth::kAll ? 1 : 8;
  for (size_t i = 0; i < table_.address_count; ++i)
    for (size_t j = depth_ == Depth::kAll ? 0 : i % step; j < std::size(kLengths); j += step)
      one_range(table_.addresses[i], kLengths[j]);
  for (size_t i = 0; i < table_.address_count; ++i) {
    const uint32_t address = table_.addresses[i];
    const Map& map = table_.map;
    const bool word = address % 4 == 0 && map.allows(address, 4, Access::kRead);
    call(Syscall::kFutexWait, word ? Code::kBusy | Code::kTimeout : kFault, address, 0x5ca1'ab1e, 0,
         0);
    call(Syscall::kFutexWake, kOk, address, 1);
    if (address % 8) call(Syscall::kCrashRead, kFault, address);
    if (!map.allows(address, 4, Access::kRead))
      call(Syscall::kProcessCreate, kFault | (address % 8 ? kFault : 0), address);
    call(Syscall::kThreadPointer, kOk, address);
    const bool entry = address % 4 == 0 && address < kernel::abi::kUserEnd;
    const bool stack = address % 8 == 0 && address <= kernel::abi::kUserEnd;
    // A priority above its own, so that nothing is started.
    call(Syscall::kThreadCreate, entry ? end_of(Code::kDenied) : kFault, address, 0x1000, 0, 31);
    call(Syscall::kThreadCreate, stack ? end_of(Code::kDenied) : kFault, map.just_return, address,
         0, 31);
  }
}

void Corners::handles() {
  for (const uint32_t number : kNumbers) {
    const bool server = number == 0x100, connection = number == table_.echo;
    call(Syscall::kTryReceive, server ? end_of(Code::kBusy) : kFault, number);
    call(Syscall::kReceiveTimed, server ? Code::kTimeout | Code::kBusy : kFault, number, 0, 0);
    if (!server) call(Syscall::kReceive, kFault, number);
    call(Syscall::kReply, end_of(Code::kNotFound), number);
    call(Syscall::kReplyReceive, end_of(Code::kNotFound), number);
    call(Syscall::kNotify, connection ? end_of(Code::kDenied) : kFault | end_of(Code::kDenied),
         number, 1);
    call(Syscall::kInterruptWait, kFault, number);
    call(Syscall::kThreadJoin, end_of(Code::kNotFound), number);
    call(Syscall::kConnect, kOk | (Code::kDenied | Code::kNotFound), number);
    call(Syscall::kServe, Code::kDenied | Code::kBusy, number);
    call(Syscall::kKill, Code::kDenied | Code::kNotFound, number);
    call(Syscall::kProcessStart, end_of(Code::kDenied), number);
    call(Syscall::kProcessRun, end_of(Code::kNotFound) | kFault, number, 0x1'0000);
    if (number != 35) call(Syscall::kInterruptClaim, end_of(Code::kDenied), number);
    call(Syscall::kTraceControl, kOk | end_of(Code::kInvalid), number);
    call(Syscall::kPower, end_of(Code::kDenied), number);
    call(Syscall::kStatistics, kOk | end_of(Code::kNotFound), number, number);
    for (size_t j = 0; j < std::size(kNumbers); j += depth_ == Depth::kAll ? 1 : 4) {
      const uint32_t other = kNumbers[j];
      call(Syscall::kStatistics, kOk | end_of(Code::kNotFound), number, other);
      // A message's kind and method, on a connection that is one and on one that may not be.
      const uint32_t info = other;
      const auto kind = Info{info}.kind();
      const Ends refused = (Code::kDenied | Code::kInvalid) | (connection ? 0 : kFault);
      if (!connection || kind != Kind::kCall || Info{info}.opcode() == 0) {
        call(Syscall::kCall, refused, number, info);
        call(Syscall::kCallTimed, refused, number, info);
      }
      if (!connection || kind != Kind::kSend)
        call(Syscall::kSend, refused | end_of(Code::kBusy), number, info);
    }
  }
  call(Syscall::kTraceControl, kOk, 0);
}

void Corners::numbers() {
  // Numbers that no call has are in nobody's mask.
  for (const uint32_t number : {13u, 14u, 15u, 30u, 31u, 35u, 39u, 45u, 47u, 54u, 63u})
    call(static_cast<Syscall>(number), end_of(Code::kDenied));
  for (uint32_t number = 64; number < 256; ++number) call(static_cast<Syscall>(number), kFault);
  for (const uint32_t number : {0x100u, 0x8000'0000u, 0xffff'ff00u, ~0u})
    call(static_cast<Syscall>(number), kFault);
}

}  // namespace

uint32_t corners(interfaces::Printer& printer, Depth depth) {
  Report report(printer, "corners");
  mute_log(true);
  cast().refresh();
  const uint32_t free_before = free_pages();
  static Corners* corners = nullptr;
  alignas(Corners) static std::byte memory[sizeof(Corners)];
  corners = new (memory) Corners(report, depth);
  report.check("the caller says where it is", corners->begin());
  corners->numbers();
  corners->handles();
  corners->ranges();
  cast().refresh();
  mute_log(false);
  report.check("no page was lost", free_pages() == free_before, free_before - free_pages());
  Line line;
  line << corners->calls() << " calls, " << corners->faults() << " of them ended their caller";
  report.say(line.view());
  return report.end();
}

}  // namespace suite
