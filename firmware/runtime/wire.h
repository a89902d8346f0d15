// How a message struct becomes words in registers. Requests and replies are plain structs of at
// most eight members; this file walks the members, so that nothing is written twice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include "kernel/abi/message.h"

namespace ipc {

/// The memory of one message, in the address space of whoever looks.
struct Range {
  std::byte* data = nullptr;
  uint32_t bytes = 0;
};

using Words = std::array<uint32_t, kernel::abi::kMessageWords>;

namespace wire {

// --- Counting and visiting members --------------------------------------------------------------

inline constexpr size_t kMaxMembers = 8;

/// Converts to anything; only ever named in unevaluated code, to count members.
struct Anything {
  template <class T>
  operator T() const;
};

template <class T, size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
  return requires {
    T{(static_cast<void>(I), Anything{})...};
  };
}

template <class T, size_t N = kMaxMembers + 1>
constexpr size_t count_members() {
  if constexpr (takes<T>(std::make_index_sequence<N>())) {
    return N;
  } else if constexpr (N == 0) {
    return 0;
  } else {
    return count_members<T, N - 1>();
  }
}

/// References to the members of a struct, in order.
template <class T>
constexpr auto members(T& value) {
  constexpr size_t n = count_members<std::remove_const_t<T>>();
  static_assert(n <= kMaxMembers, "a message has at most eight members: use an array");
  if constexpr (n == 0) {
    return std::tuple<>();
  } else if constexpr (n == 1) {
    auto& [a] = value;
    return std::tie(a);
  } else if constexpr (n == 2) {
    auto& [a, b] = value;
    return std::tie(a, b);
  } else if constexpr (n == 3) {
    auto& [a, b, c] = value;
    return std::tie(a, b, c);
  } else if constexpr (n == 4) {
    auto& [a, b, c, d] = value;
    return std::tie(a, b, c, d);
  } else if constexpr (n == 5) {
    auto& [a, b, c, d, e] = value;
    return std::tie(a, b, c, d, e);
  } else if constexpr (n == 6) {
    auto& [a, b, c, d, e, f] = value;
    return std::tie(a, b, c, d, e, f);
  } else if constexpr (n == 7) {
    auto& [a, b, c, d, e, f, g] = value;
    return std::tie(a, b, c, d, e, f, g);
  } else {
    auto& [a, b, c, d, e, f, g, h] = value;
    return std::tie(a, b, c, d, e, f, g, h);
  }
}

// --- What may travel ----------------------------------------------------------------------------

/// Specialised to true by the types that stand for bits of another process: Choice.
template <class T>
inline constexpr bool is_opened_by_hand = false;
/// Specialised to true by Lend and LendMut.
template <class T>
inline constexpr bool is_loan = false;

/// Integers of at most eight bytes, bytes, arrays of these, and Choice. No bool and no enum:
/// another process may send bits that are none of their values. No pointer: it means nothing over
/// there.
template <class T>
inline constexpr bool is_scalar = (std::is_integral_v<T> && !std::is_same_v<T, bool>) ||
                                  std::is_same_v<T, std::byte> || is_opened_by_hand<T>;
template <class T, size_t N>
inline constexpr bool is_scalar<std::array<T, N>> = is_scalar<T>;

template <class... Ms>
constexpr size_t count_loans(std::type_identity<std::tuple<Ms&...>>) {
  return (size_t{is_loan<std::remove_const_t<Ms>>} + ... + 0);
}
template <class... Ms>
constexpr bool all_travel(std::type_identity<std::tuple<Ms&...>>) {
  return ((is_loan<std::remove_const_t<Ms>> || is_scalar<std::remove_const_t<Ms>>)&&...);
}

template <class T>
using Members = decltype(members(std::declval<T&>()));
template <class T>
constexpr size_t loans = count_loans(std::type_identity<Members<T>>());

/// Byte offsets of the members in the words, and the total. A loan occupies words 0 and 1 wherever
/// it stands in the struct; the others follow, each naturally aligned.
template <class T>
struct Layout {
  static constexpr size_t kCount = std::tuple_size_v<Members<T>>;
  std::array<size_t, kCount + 1> offset{};
  size_t size = 0;

  constexpr Layout() {
    size = loans<T> * 2 * sizeof(uint32_t);
    place(std::make_index_sequence<kCount>());
  }

 private:
  template <size_t... I>
  constexpr void place(std::index_sequence<I...>) {
    (place_one<std::tuple_element_t<I, Members<T>>>(I), ...);
  }
  template <class Reference>
  constexpr void place_one(size_t index) {
    using Member = std::remove_cvref_t<Reference>;
    if constexpr (!is_loan<Member>) {
      size = (size + alignof(Member) - 1) / alignof(Member) * alignof(Member);
      offset[index] = size;
      size += sizeof(Member);
    }
  }
};

/// T may be a request: plain members, at most one loan, all within the eight words.
template <class T>
constexpr bool fits_request() {
  if constexpr (!std::is_aggregate_v<T> || !std::is_trivially_copyable_v<T>) {
    return false;
  } else {
    return all_travel(std::type_identity<Members<T>>()) && loans<T> <= 1 &&
           Layout<T>().size <= sizeof(Words);
  }
}
/// T may be a reply: the same without loans. void is no words at all.
template <class T>
constexpr bool fits_reply() {
  if constexpr (std::is_void_v<T>) {
    return true;
  } else {
    return fits_request<T>() && loans<T> == 0;
  }
}

// --- There and back -----------------------------------------------------------------------------
// (__builtin_memcpy, because under -ffreestanding the plain name is always a call.)

/// Writes `value` to `words` (zero where nothing stands) and its loan, if any, to `memory`.
template <class T>
void encode(const T& value, Words& words, Range& memory) {
  constexpr Layout<T> layout;
  words = {};
  auto* bytes = reinterpret_cast<std::byte*>(words.data());
  [&]<size_t... I>(std::index_sequence<I...>) {
    [[maybe_unused]] const auto all = members(value);
    [[maybe_unused]] auto put = [&]<class Member>(const Member& member, size_t offset) {
      if constexpr (is_loan<Member>) {
        memory = member.range();
      } else {
        __builtin_memcpy(bytes + offset, &member, sizeof member);
      }
    };
    (put(std::get<I>(all), layout.offset[I]), ...);
  }
  (std::make_index_sequence<Layout<T>::kCount>());
}

/// The reverse. False: the memory does not suit the loan (not a whole number of its elements).
template <class T>
[[nodiscard]] bool decode(T& value, const Words& words, Range memory) {
  constexpr Layout<T> layout;
  const auto* bytes = reinterpret_cast<const std::byte*>(words.data());
  bool good = true;
  [&]<size_t... I>(std::index_sequence<I...>) {
    [[maybe_unused]] const auto all = members(value);
    [[maybe_unused]] auto take = [&]<class Member>(Member& member, size_t offset) {
      if constexpr (is_loan<Member>) {
        good = member.accept(memory);
      } else {
        __builtin_memcpy(&member, bytes + offset, sizeof member);
      }
    };
    (take(std::get<I>(all), layout.offset[I]), ...);
  }
  (std::make_index_sequence<Layout<T>::kCount>());
  return good;
}

}  // namespace wire
}  // namespace ipc
