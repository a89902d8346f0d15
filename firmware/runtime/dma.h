// Memory that a device reads or writes by itself, and whose turn it is. Programs see it through the
// cache, devices do not: so it is cleaned when the device's turn begins and invalidated when it
// ends, and while it lasts the program has no access.
//
//   auto frame = TRY(runtime::DmaBuffer<uint16_t>::create(240 * 320));
//   draw(frame.items());
//   {
//     auto turn = frame.hand_over(runtime::Flow::kToDevice);
//     lcd.show(turn.physical());
//     TRY(interrupt.wait());
//   }  // the program's again
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "runtime/dma_memory.h"  // firmware/runtime/target/device or .../host

namespace runtime {

enum class Flow {
  kToDevice,    ///< the device only reads
  kFromDevice,  ///< it writes, perhaps reads too
};

/// `count` elements, physically in one piece, zeroed at first. The kernel keeps the pages for this
/// process until it ends: make one at start, and keep it. It can be neither lent mutably nor moved.
template <class T>
requires std::is_trivially_copyable_v<T>
class DmaBuffer {
 public:
  /// The device's turn; ends with this object. End the device's work first.
  class [[nodiscard]] Turn {
   public:
    Turn(Turn&& other) : buffer_(std::exchange(other.buffer_, nullptr)), flow_(other.flow_) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (buffer_) buffer_->take_back(flow_);
    }
    /// What the device is told.
    uint32_t physical() const { return buffer_->memory_.physical; }

   private:
    friend class DmaBuffer;
    Turn(DmaBuffer& buffer, Flow flow) : buffer_(&buffer), flow_(flow) {}
    DmaBuffer* buffer_;
    Flow flow_;
  };

  /// kDenied: the manifest's `dma` is less, or used up. kNoMemory: no range of so many pages, or
  /// the quota. kInvalid: no elements.
  static base::Result<DmaBuffer> create(size_t count) {
    constexpr uint8_t kModule = 2;
    if (count == 0 || count > std::numeric_limits<uint32_t>::max() / sizeof(T))
      return FAIL(kInvalid);
    return DmaBuffer(TRY(map_dma(static_cast<uint32_t>(count * sizeof(T)))), count);
  }
  DmaBuffer(DmaBuffer&& other)
      : memory_(std::exchange(other.memory_, {})), count_(std::exchange(other.count_, 0)) {
    base::require(!other.away_);
  }
  DmaBuffer& operator=(DmaBuffer&&) = delete;
  ~DmaBuffer() { base::require(!away_); }

  /// Traps while it is the device's turn.
  std::span<T> items() {
    base::require(!away_);
    return {reinterpret_cast<T*>(memory_.data), count_};
  }

  /// Begins the device's turn. Traps if it is already.
  Turn hand_over(Flow flow) {
    base::require(!away_ && count_ != 0);
    away_ = true;
    // Also before the device writes: a changed line that left the cache later would undo it.
    cache_clean(memory_.data, bytes());
    return Turn(*this, flow);
  }

 private:
  DmaBuffer(DmaMemory memory, size_t count) : memory_(memory), count_(count) {}
  uint32_t bytes() const { return static_cast<uint32_t>(count_ * sizeof(T)); }
  void take_back(Flow flow) {
    if (flow == Flow::kFromDevice) cache_invalidate(memory_.data, bytes());
    away_ = false;
  }

  DmaMemory memory_;
  size_t count_;
  bool away_ = false;
};

}  // namespace runtime
