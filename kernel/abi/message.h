// Messages as they cross the kernel: eight words in registers, perhaps a range of pages.
#pragma once

#include <array>
#include <cstdint>

namespace kernel::abi {

inline constexpr unsigned kMessageWords = 8;
inline constexpr unsigned kMaxMethods = 64;  // opcodes 1..63; opcode 0 is never a method
inline constexpr uint32_t kPageSize = 4096;
inline constexpr unsigned kMaxLendPages = 16;  // pages in one message

/// What happens to the sender and to the memory that travels with the message.
enum class Kind : uint8_t {
  kCall = 0,  ///< blocking scalar: words out, words back
  kSend = 1,  ///< scalar: queued, the sender goes on
  kLend = 2,  ///< blocking; the range is readable by the server until it replies
  kLendMut =
      3,  ///< blocking; the range leaves the lender and is writable by the server until it replies
  kMove = 4,  ///< queued; the range belongs to the server for good
};

/// The word that says what a message is. In r1 on the way in and in r1 on receipt.
struct Info {
  uint32_t bits = 0;

  static constexpr Info make(Kind kind, uint8_t opcode) {
    return {uint32_t{opcode} | static_cast<uint32_t>(kind) << 8};
  }
  constexpr uint8_t opcode() const { return bits & 0xff; }
  constexpr Kind kind() const { return static_cast<Kind>(bits >> 8 & 7); }
  /// Set by the kernel on receipt: this message carries pages. Words 0 and 1 are then the range's
  /// address, in the receiver's space, and its length in bytes.
  constexpr bool has_memory() const { return kind() >= Kind::kLend; }
};

/// Who sent a message, written by the kernel. 0 only for notifications. A later process in the same
/// slot has another generation, so a stale identity matches nobody.
struct Identity {
  uint32_t bits = 0;
  static constexpr Identity make(uint8_t pid, uint32_t generation) {
    return {uint32_t{pid} | generation << 8};
  }
  constexpr uint8_t pid() const { return bits & 0xff; }
  constexpr uint32_t generation() const { return bits >> 8; }
  friend constexpr bool operator==(Identity, Identity) = default;
};

/// Names one received, unanswered call, once. 0 for a message that wants no reply.
struct ReplyToken {
  uint32_t bits = 0;
  friend constexpr bool operator==(ReplyToken, ReplyToken) = default;
};

/// A message as a server sees it.
struct Received {
  Info info{};
  std::array<uint32_t, kMessageWords> words{};
  Identity sender{};
  ReplyToken reply{};
};

}  // namespace kernel::abi
