#include "firmware/runtime/allocator.h"

#include <algorithm>
#include <bit>

#include "base/result.h"

namespace runtime {
namespace {

constexpr uint32_t kFenceKey = 0x5afe'f00d;
constexpr std::byte kBehind{0xfd};  // between a piece's last byte and its fence
constexpr std::byte kGone{0xdd};

constexpr uint32_t up_to_8(size_t bytes) {
  return static_cast<uint32_t>((bytes + 7) & ~size_t{7});
}

}  // namespace

void Allocator::start(std::span<std::byte> arena, Checks checks) {
  base::require(base_ == nullptr);
  const auto address = reinterpret_cast<uintptr_t>(arena.data());
  const size_t skip = -address % kAlignment;
  if (arena.size() < skip + 2 * kHeader + kLeast + kFence) return;
  const auto bytes = static_cast<uint32_t>(std::min(arena.size() - skip, kMostBytes) & ~size_t{7});
  base_ = arena.data() + skip;
  checks_ = checks;
  end_ = bytes - kHeader;
  for (auto& row : heads_) row.fill(kNone);
  put_header(0, end_ - kHeader, 0, kNone);
  put_header(end_, 0, kInUse, 0);
  link(0);
}

void* Allocator::allocate(size_t bytes, size_t alignment) {
  base::require(std::has_single_bit(alignment));
  const uint32_t fence = checks_ == Checks::kFull ? kFence : 0;
  if (base_ == nullptr || bytes > kMostBytes || alignment > kMostBytes) {
    ++refusals_;
    return nullptr;
  }
  const uint32_t need = std::max(up_to_8(bytes), kLeast) + fence;
  // Room to move forward to a multiple, leaving a whole block or nothing in front.
  const bool aligned = alignment > kAlignment;
  Offset block = find(aligned ? need + static_cast<uint32_t>(alignment) + kHeader : need);
  if (block == kNone) {
    ++refusals_;
    return nullptr;
  }
  unlink(block);
  if (aligned) {
    const auto address = reinterpret_cast<uintptr_t>(base_ + block + kHeader);
    auto gap = static_cast<uint32_t>(-address % alignment);
    if (gap != 0 && gap < kHeader + kLeast) gap += static_cast<uint32_t>(alignment);
    if (gap != 0) {
      const Offset front = block;
      const uint32_t whole = size(front);
      block = front + gap;
      put_header(front, gap - kHeader, 0, before(front));
      put_header(block, whole - gap, 0, front);
      set(after(block) + 4, block);
      link(front);
    }
  }
  cut(block, need);
  set(block, get(block) | kInUse);
  if (fence) put_fence(block, static_cast<uint32_t>(bytes));
  used_ += size(block);
  most_used_ = std::max(most_used_, used_);
  ++pieces_;
  return base_ + block + kHeader;
}

void Allocator::release(void* piece) {
  if (piece == nullptr) return;
  const auto at = reinterpret_cast<uintptr_t>(piece), base = reinterpret_cast<uintptr_t>(base_);
  base::require(base_ != nullptr && at >= base + kHeader && at < base + end_ && at % 8 == 0);
  Offset block = static_cast<Offset>(at - base) - kHeader;
  base::require(in_use(block) && size(block) <= end_ - kHeader - block &&
                before(after(block)) == block);
  if (checks_ == Checks::kFull) {
    base::require(fence_holds(block));
    std::fill_n(base_ + block + kHeader, size(block), kGone);
  }
  used_ -= size(block);
  --pieces_;

  // Headers inside a larger free block are wiped, so that giving back an old piece is noticed.
  set(block, size(block));
  const Offset next = after(block);
  if (!in_use(next)) {
    unlink(next);
    put_header(block, size(block) + kHeader + size(next), 0, before(block));
    put_header(next, 0, 0, kNone);
  }
  if (const Offset previous = before(block); previous != kNone && !in_use(previous)) {
    unlink(previous);
    put_header(previous, size(previous) + kHeader + size(block), 0, before(previous));
    put_header(block, 0, 0, kNone);
    block = previous;
  }
  set(after(block) + 4, block);
  link(block);
}

Allocator::Statistics Allocator::statistics() const {
  Statistics result{.capacity = base_ ? end_ - kHeader : 0,
                    .used = used_,
                    .most_used = most_used_,
                    .pieces = pieces_,
                    .refusals = refusals_};
  for (Offset block = 0; base_ && block != end_; block = after(block))
    if (!in_use(block)) result.largest_free = std::max<size_t>(result.largest_free, size(block));
  return result;
}

bool Allocator::consistent() const {
  if (base_ == nullptr) return true;
  size_t used = 0;
  uint32_t pieces = 0, free = 0, listed = 0;
  Offset last = kNone;
  for (Offset block = 0; block != end_; last = block, block = after(block)) {
    if (block > end_ || size(block) < kLeast || size(block) % 8 || before(block) != last)
      return false;
    if (in_use(block)) {
      used += size(block);
      ++pieces;
      if (checks_ == Checks::kFull && !fence_holds(block)) return false;
    } else {
      ++free;
      if (last != kNone && !in_use(last)) return false;  // two free neighbours
    }
  }
  if (before(end_) != last || get(end_) != kInUse) return false;
  for (unsigned first = 0; first < kFirst; ++first) {
    if ((second_bits_[first] != 0) != (first_bits_ >> first & 1)) return false;
    for (unsigned second = 0; second < kSecond; ++second) {
      const Offset head = heads_[first][second];
      if ((head != kNone) != (second_bits_[first] >> second & 1)) return false;
      Offset previous = kNone;
      for (Offset block = head; block != kNone; block = get(block + kHeader)) {
        const Class right = class_of(size(block));
        if (in_use(block) || right.first != first || right.second != second ||
            get(block + kHeader + 4) != previous || ++listed > free)
          return false;
        previous = block;
      }
    }
  }
  return used == used_ && pieces == pieces_ && listed == free;
}

Allocator::Class Allocator::class_of(uint32_t size) {
  if (size < 1u << kLinearBits) return {0, size >> (kLinearBits - kSecondBits)};
  const auto log = static_cast<unsigned>(std::bit_width(size)) - 1;
  return {log - kLinearBits + 1, size >> (log - kSecondBits) & (kSecond - 1)};
}

/// The least size whose whole class fits `size`.
uint32_t Allocator::rounded_to_class(uint32_t size) {
  if (size < 1u << kLinearBits) return size;
  const auto log = static_cast<unsigned>(std::bit_width(size)) - 1;
  const uint32_t step = 1u << (log - kSecondBits);
  return (size + step - 1) & ~(step - 1);
}

uint32_t Allocator::get(Offset at) const {
  uint32_t value;
  __builtin_memcpy(&value, base_ + at, sizeof value);
  return value;
}

void Allocator::set(Offset at, uint32_t value) {
  __builtin_memcpy(base_ + at, &value, sizeof value);
}

void Allocator::put_header(Offset block, uint32_t size, uint32_t use, Offset before) {
  set(block, size | use);
  set(block + 4, before);
}

void Allocator::link(Offset block) {
  const Class c = class_of(size(block));
  Offset& head = heads_[c.first][c.second];
  set(block + kHeader, head);
  set(block + kHeader + 4, kNone);
  if (head != kNone) set(head + kHeader + 4, block);
  head = block;
  second_bits_[c.first] |= 1u << c.second;
  first_bits_ |= 1u << c.first;
}

void Allocator::unlink(Offset block) {
  const Class c = class_of(size(block));
  const Offset next = get(block + kHeader), previous = get(block + kHeader + 4);
  // A write past the end of a piece may have come this far.
  base::require(previous == kNone ? heads_[c.first][c.second] == block
                                  : previous < end_ && get(previous + kHeader) == block);
  if (next != kNone) {
    base::require(next < end_ && get(next + kHeader + 4) == block);
    set(next + kHeader + 4, previous);
  }
  if (previous != kNone) {
    set(previous + kHeader, next);
    return;
  }
  heads_[c.first][c.second] = next;
  if (next != kNone) return;
  second_bits_[c.first] &= ~(1u << c.second);
  if (second_bits_[c.first] == 0) first_bits_ &= ~(1u << c.first);
}

Allocator::Offset Allocator::find(uint32_t size) const {
  const Class c = class_of(rounded_to_class(size));
  if (c.first < kFirst) {
    if (const uint32_t here = second_bits_[c.first] >> c.second << c.second)
      return heads_[c.first][std::countr_zero(here)];
    if (const uint32_t above = first_bits_ >> (c.first + 1) << (c.first + 1)) {
      const auto first = static_cast<unsigned>(std::countr_zero(above));
      return heads_[first][std::countr_zero(second_bits_[first])];
    }
  }
  // The first of the class below may do: matters when little is left.
  const Class own = class_of(size);
  const Offset head = own.first < kFirst ? heads_[own.first][own.second] : kNone;
  return head != kNone && this->size(head) >= size ? head : kNone;
}

void Allocator::cut(Offset block, uint32_t wanted) {
  const uint32_t whole = size(block);
  if (whole < wanted + kHeader + kLeast) return;
  const Offset rest = block + kHeader + wanted;
  put_header(block, wanted, 0, before(block));
  put_header(rest, whole - wanted - kHeader, 0, block);
  // What stands behind is in use, or the free block would have been joined to it.
  set(after(rest) + 4, rest);
  link(rest);
}

void Allocator::put_fence(Offset block, uint32_t requested) {
  const Offset fence = after(block) - kFence;
  std::fill(base_ + block + kHeader + requested, base_ + fence, kBehind);
  set(fence, requested ^ kFenceKey);
  set(fence + 4, fence ^ kFenceKey);
}

bool Allocator::fence_holds(Offset block) const {
  const Offset fence = after(block) - kFence;
  const uint32_t requested = get(fence) ^ kFenceKey;
  if (get(fence + 4) != (fence ^ kFenceKey) || requested > size(block) - kFence) return false;
  return std::all_of(base_ + block + kHeader + requested, base_ + fence,
                     [](std::byte byte) { return byte == kBehind; });
}

}  // namespace runtime
