// Stands in for every process of an image, with that process's rights. As a client it calls all
// that it may call, in three ways at once: a call, a page lent for reading, a page lent for
// writing. As a server it takes one of each, answers none, and then dies: of which kind of fault
// follows from how often it has been started. Each death must come to its clients as kNotFound,
// with their pages as they were; a client that sees anything else exits with what it saw.
#include <algorithm>
#include <array>

#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"
#include "tests/kernel/matrix/matrix.h"
#include "tests/kernel/subject/misdeeds.h"
#include "tests/kernel/subject/subject.h"

namespace mortal {
namespace {

namespace rights_of_all {
using matrix::Rights;
#include "matrix.inc"
}  // namespace rights_of_all

using base::Code;
using kernel::abi::Info;
using kernel::abi::Kind;
using runtime::Syscall;
using namespace std::chrono_literals;

constexpr uint32_t kPage = kernel::abi::kPageSize;
constexpr uint32_t kMostServices = 16;
constexpr uint32_t kWrong = 0x4000'0000;  // exit code, with the service and the Error
constexpr Kind kKinds[] = {Kind::kCall, Kind::kLend, Kind::kLendMut};
constexpr uint32_t kThreads = kMostServices * std::size(kKinds);

const matrix::Rights& rights() {
  return rights_of_all::kRights[runtime::arguments().pid - 1];
}

struct alignas(kPage) LentPage {
  std::array<uint32_t, kPage / 4> words{};
};
struct alignas(8) Stack {
  std::array<uint32_t, 160> words{};
};
constinit std::array<LentPage, kThreads> pages{};
constinit std::array<Stack, kThreads> stacks{};

uint32_t word(uint32_t number, uint32_t index) {
  return (number + 1) * 0x9e37'79b9 + index;
}

/// Calls service `number` / 3 for ever, in one of three ways.
[[noreturn]] void be_client(uint32_t number) {
  const uint32_t service = number / std::size(kKinds);
  const Kind kind = kKinds[number % std::size(kKinds)];
  const auto method =
      static_cast<uint8_t>(__builtin_ctzll(rights().methods[service] & ~uint64_t{1}));
  auto& page = pages[number].words;
  for (uint32_t i = 0; i < page.size(); ++i) page[i] = word(number, i);
  uint32_t connection = 0;
  while (connection == 0) {
    connection = runtime::system_call(Syscall::kConnect, service).r1;
    if (connection == 0) runtime::sleep(1ms);
  }
  for (;;) {
    std::array<uint32_t, 8> words{};
    if (kind != Kind::kCall)
      words = {static_cast<uint32_t>(reinterpret_cast<uintptr_t>(page.data())), kPage};
    const uint32_t error = runtime::message_call(Syscall::kCall, connection,
                                                 Info::make(kind, method).bits, words.data())
                               .r0;
    bool right = error != 0 && base::Error{error}.code() == Code::kNotFound;
    for (uint32_t i = 0; i < page.size(); ++i) right &= page[i] == word(number, i);
    page[0] = word(number, 0);  // ours to write
    if (!right) runtime::exit(static_cast<int>(kWrong | service << 8 | (error & 0xff)));
    runtime::sleep(1ms);
  }
}

void start_clients() {
  const uint32_t services = std::min<uint32_t>(runtime::services().size(), kMostServices);
  for (uint32_t service = 0; service < services; ++service) {
    // To itself it would wait for ever; bit 0 are notifications, which nobody answers.
    if (rights().serves >> service & 1 || (rights().methods[service] & ~uint64_t{1}) == 0) continue;
    for (uint32_t i = 0; i < std::size(kKinds); ++i) {
      const uint32_t number = service * std::size(kKinds) + i;
      const uint32_t top = reinterpret_cast<uintptr_t>(&stacks[number] + 1);
      const auto started = runtime::system_call(
          Syscall::kThreadCreate, reinterpret_cast<uintptr_t>(&be_client), top, number, 1);
      if (started.error) runtime::exit(static_cast<int>(kWrong | service << 8));
    }
  }
}

/// Takes one message of each kind; nobody gets an answer.
void wait_for_clients(uint32_t server) {
  uint32_t missing = 0b111;
  while (missing) {
    std::array<uint32_t, 8> words{};
    const auto got = runtime::message_call(Syscall::kReceive, server, 0, words.data());
    const Kind kind = Info{got.r1}.kind();
    for (uint32_t i = 0; i < std::size(kKinds); ++i)
      if (kKinds[i] == kind) missing &= ~(1u << i);
  }
}

}  // namespace
}  // namespace mortal

int process_main() {
  using namespace mortal;
  start_clients();
  for (uint32_t service = 0; service < runtime::services().size(); ++service) {
    const auto serving = runtime::system_call(runtime::Syscall::kServe, service);
    if (serving.error) continue;
    wait_for_clients(serving.r1);
    subject::misbehave(
        subject::kMisdeeds[(runtime::arguments().generation - 1) % std::size(subject::kMisdeeds)]
            .misdeed,
        0);
  }
  for (;;) runtime::sleep(1s);
}
