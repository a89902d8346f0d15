// How an interface is declared: a struct of message structs. The client's call, the server's
// dispatch (firmware/runtime/ipc.h) and the permission names in manifests are all read from it.
//
//   struct Random {
//     static constexpr std::string_view kName = "os/random";
//     /// Fills `out` with random bytes, or fails and leaves it zeroed.
//     struct Fill {
//       static constexpr ipc::Method kMethod{.opcode = 1, .name = "fill"};
//       using Reply = void;
//       ipc::LendMut<std::byte> out;
//     };
//     using Methods = ipc::Methods<Fill>;
//   };
#pragma once

#include <concepts>
#include <span>
#include <string_view>

#include "base/result.h"
#include "firmware/runtime/wire.h"
#include "kernel/abi/message.h"

namespace ipc {

inline constexpr uint8_t kModule = 2;  // firmware/runtime/ipc.h, in base/modules.h

using kernel::abi::Kind;

struct Method {
  uint8_t opcode = 0;       ///< 1..63, never reused, never renumbered
  std::string_view name{};  ///< in manifests: lower case, digits, underscores
};

/// What a manifest writes beside methods to permit notifications. No method's name.
inline constexpr std::string_view kNotifyPermission = "notify";

/// Memory that can be lent: whole pages of its own, so that what lies beside it never travels. Give
/// it static storage; it is too large for most stacks, and a lent stack would fault its owner.
template <class T, size_t Count>
requires(std::is_trivially_copyable_v<T>&& Count > 0) class PageBuffer {
 public:
  static constexpr size_t kBytes = (Count * sizeof(T) + kernel::abi::kPageSize - 1) /
                                   kernel::abi::kPageSize * kernel::abi::kPageSize;
  static_assert(kBytes / kernel::abi::kPageSize <= kernel::abi::kMaxLendPages,
                "more pages than one message carries");

  PageBuffer() = default;
  PageBuffer(const PageBuffer&) = delete;
  std::span<T, Count> items() { return std::span<T, Count>(items_, Count); }
  std::span<const T, Count> items() const { return std::span<const T, Count>(items_, Count); }

 private:
  union {
    alignas(kernel::abi::kPageSize) T items_[Count] = {};
    std::byte pages_[kBytes];
  };
};

/// Memory lent for the length of one call: see Lend and LendMut. The whole pages of the buffer up
/// to the last element travel; their length arrives as the client gave it.
template <class T, Kind Travels>
class Loan {
 public:
  static constexpr Kind kKind = Travels;
  using Element = std::remove_const_t<T>;

  Loan() = default;
  /// The first `count` elements, at least one; the rest of `buffer` is not for the server. More
  /// than there are traps.
  template <size_t Count>
  Loan(PageBuffer<Element, Count>& buffer, size_t count = Count) : data_(buffer.items().data()) {
    base::require(count <= Count);
    count_ = static_cast<uint32_t>(count);
  }

  std::span<T> view() const { return {data_, count_}; }

  Range range() const {
    return {reinterpret_cast<std::byte*>(const_cast<Element*>(data_)),
            static_cast<uint32_t>(count_ * sizeof(T))};
  }
  /// The server's side. False: not a whole, positive number of elements.
  bool accept(Range memory) {
    if (memory.bytes == 0 || memory.bytes % sizeof(T)) return false;
    data_ = reinterpret_cast<T*>(memory.data);
    count_ = memory.bytes / sizeof(T);
    return true;
  }

 private:
  T* data_ = nullptr;
  uint32_t count_ = 0;
};

/// The server may read until it replies; nobody may write meanwhile, the client included.
template <class T>
using Lend = Loan<const T, Kind::kLend>;
/// The server may read and write; the client's pages are away until the reply.
template <class T>
using LendMut = Loan<T, Kind::kLendMut>;

/// An enum from another process: any bits at all until opened. E counts from 0 and ends in kCount.
template <class E>
struct Choice {
  uint32_t raw = 0;
  Choice() = default;
  constexpr Choice(E value) : raw(static_cast<uint32_t>(value)) {}
  /// kInvalid: not a value of E.
  constexpr base::Result<E> open() const {
    if (raw >= static_cast<uint32_t>(E::kCount)) return FAIL(kInvalid);
    return static_cast<E>(raw);
  }
};

template <class T, Kind Travels>
inline constexpr bool wire::is_loan<Loan<T, Travels>> = true;
template <class E>
inline constexpr bool wire::is_opened_by_hand<Choice<E>> = true;

/// How M travels: read from its members.
template <class M>
constexpr Kind kind_of() {
  Kind kind = Kind::kCall;
  [&]<class... Ms>(std::type_identity<std::tuple<Ms&...>>) {
    [[maybe_unused]] auto look = [&]<class Member>(std::type_identity<Member>) {
      if constexpr (wire::is_loan<Member>) kind = Member::kKind;
    };
    (look(std::type_identity<Ms>()), ...);
  }(std::type_identity<wire::Members<M>>());
  return kind;
}

/// The methods of an interface.
template <class... Ms>
struct Methods {
  static constexpr std::array<Method, sizeof...(Ms)> table{Ms::kMethod...};
  template <class M>
  static constexpr bool contains = (std::same_as<M, Ms> || ...);
  /// Calls f<M>() for each method until one returns true.
  static constexpr bool for_each(auto&& f) { return (f.template operator()<Ms>() || ...); }

  static constexpr bool names_and_opcodes_are_good() {
    for (const Method& a : table) {
      if (a.opcode == 0 || a.opcode >= kernel::abi::kMaxMethods || a.name.empty() ||
          a.name == kNotifyPermission)
        return false;
      for (char c : a.name)
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_') return false;
      for (const Method& b : table)
        if (&a != &b && (a.opcode == b.opcode || a.name == b.name)) return false;
    }
    return true;
  }
  static constexpr bool messages_travel() {
    return (wire::fits_request<Ms>() && ...) && (wire::fits_reply<typename Ms::Reply>() && ...);
  }
};

/// Good opcodes and names; requests and replies of integers, Choice and at most one loan, in at
/// most eight words.
template <class I>
concept Interface =
    !I::kName.empty() && I::Methods::names_and_opcodes_are_good() && I::Methods::messages_travel();

}  // namespace ipc
