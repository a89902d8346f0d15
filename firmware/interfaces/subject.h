// Processes of the kernel's suite (tests/kernel) that do what they are told with rights of their
// own, so that one can see what comes of it. What an Act asks for is between the suite and its
// subjects.
#pragma once

#include "firmware/runtime/interface.h"

namespace interfaces {

struct Subject {
  /// Eight words there, eight back.
  struct Act {
    static constexpr ipc::Method kMethod{.opcode = 1, .name = "act"};
    struct Reply {
      std::array<uint32_t, 8> words{};
    };
    std::array<uint32_t, 8> words{};
  };

  /// The subject keeps the pages until an Act tells it to answer. kBusy: it has some.
  struct Hold {
    static constexpr ipc::Method kMethod{.opcode = 2, .name = "hold"};
    using Reply = void;
    ipc::Lend<uint32_t> pages{};
  };
  struct Take {
    static constexpr ipc::Method kMethod{.opcode = 3, .name = "take"};
    using Reply = void;
    ipc::LendMut<uint32_t> pages{};
  };

  /// Waits until an Act tells the subject to answer. kBusy: another waits.
  struct Wait {
    static constexpr ipc::Method kMethod{.opcode = 4, .name = "wait"};
    using Reply = void;
  };

  using Methods = ipc::Methods<Act, Hold, Take, Wait>;
};

/// One process each, each with a service of its own.
inline constexpr std::array<std::string_view, 14> kSubjectNames{
    "test/subject1", "test/subject2",   "test/subject3",  "test/subject4", "test/mighty",
    "test/watchdog", "test/suite",      "test/longest1",  "test/longest2", "test/keeper",
    "test/borrower", "test/exborrower", "test/keyholder", "test/driver"};

template <size_t Index>
struct SubjectNumber : Subject {
  static constexpr std::string_view kName = kSubjectNames[Index];
};

}  // namespace interfaces
