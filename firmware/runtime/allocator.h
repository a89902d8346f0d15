// A heap of one fixed arena: two-level size classes (TLSF), so taking and giving back cost a
// bounded number of steps whatever was done before. Full is an answer, not an accident: nullptr.
// One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace runtime {

class Allocator {
 public:
  /// kFull costs 8 bytes for each piece and a look at its end: for test images. Always found, and
  /// trapped: giving back what is not in use (twice, or never given), and headers that were
  /// overwritten next to it. With kFull also: writing past a piece's end, to the byte.
  enum class Checks { kCheap, kFull };

  struct Statistics {
    size_t capacity = 0;  ///< bytes that one piece could have had at first
    size_t used = 0;      ///< bytes in pieces given out, without headers
    size_t most_used = 0;
    size_t largest_free = 0;  ///< bytes
    uint32_t pieces = 0;      ///< given out now
    uint32_t refusals = 0;    ///< so far
  };

  static constexpr size_t kAlignment = 8;
  static constexpr size_t kMostBytes = size_t{1} << 27;

  /// Without memory: refuses everything.
  constexpr Allocator() = default;
  Allocator(const Allocator&) = delete;
  /// Makes `arena` the memory to give out; what is past kMostBytes of it is not used. Once, before
  /// the first piece.
  void start(std::span<std::byte> arena, Checks checks);

  /// `bytes` (0 counts as 1) at a multiple of `alignment`, a power of two. nullptr: no free range
  /// is long enough. Not zeroed.
  void* allocate(size_t bytes, size_t alignment = kAlignment);
  /// Gives a piece back; nullptr is nothing. With kFull its bytes are overwritten with 0xdd.
  void release(void* piece);

  /// Walks the whole arena.
  Statistics statistics() const;
  /// Whether every header, list and bit agrees with the others. Walks the whole arena; for tests.
  bool consistent() const;

 private:
  // The arena, from its first multiple of 8, is a row of blocks and a last one of size 0 in use:
  //   uint32 size (multiple of 8, bit 0: in use) | uint32 offset of the block before | contents
  // A free block's contents begin with the offsets of the next and previous of its list.
  using Offset = uint32_t;
  static constexpr Offset kNone = ~Offset{0};
  static constexpr uint32_t kInUse = 1;
  static constexpr uint32_t kHeader = 8, kLeast = 8, kFence = 8;
  static constexpr unsigned kSecondBits = 4, kSecond = 1u << kSecondBits;
  static constexpr unsigned kLinearBits = 7;  // below 128 bytes every multiple of 8 has a list
  static constexpr unsigned kFirst = 28 - kLinearBits + 1;

  struct Class {
    unsigned first = 0, second = 0;
  };
  static Class class_of(uint32_t size);
  static uint32_t rounded_to_class(uint32_t size);

  uint32_t get(Offset at) const;
  void set(Offset at, uint32_t value);
  uint32_t size(Offset block) const { return get(block) & ~kInUse; }
  bool in_use(Offset block) const { return get(block) & kInUse; }
  Offset before(Offset block) const { return get(block + 4); }
  Offset after(Offset block) const { return block + kHeader + size(block); }
  void put_header(Offset block, uint32_t size, uint32_t use, Offset before);

  void link(Offset block);
  void unlink(Offset block);
  Offset find(uint32_t size) const;
  /// Cuts `block`, which is in no list, behind its first `size` bytes; the rest is freed.
  void cut(Offset block, uint32_t size);
  void put_fence(Offset block, uint32_t requested);
  bool fence_holds(Offset block) const;

  std::byte* base_ = nullptr;
  uint32_t end_ = 0;  // offset of the last block
  Checks checks_ = Checks::kCheap;
  uint32_t first_bits_ = 0;
  std::array<uint32_t, kFirst> second_bits_{};
  std::array<std::array<Offset, kSecond>, kFirst> heads_{};
  size_t used_ = 0, most_used_ = 0;
  uint32_t pieces_ = 0, refusals_ = 0;
};

}  // namespace runtime
