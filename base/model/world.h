// What a chip's model may ask of the world around it: virtual time, events, interrupt lines, clocks
// and memory for its DMA. The virtual board and the unit tests each provide one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

namespace base::model {

/// Virtual time in picoseconds since the supply came on. 2^64 ps are 213 days.
using Time = uint64_t;
inline constexpr Time kNanosecond = 1'000;
inline constexpr Time kMicrosecond = 1'000'000;
inline constexpr Time kMillisecond = 1'000'000'000;
inline constexpr Time kSecond = 1'000'000'000'000;
inline constexpr Time kNever = ~Time{0};

/// Length of `cycles` of a clock of `hz`, rounded up to whole picoseconds. `hz` must not be 0.
constexpr Time cycles_to_time(uint64_t cycles, uint64_t hz) {
  return static_cast<Time>((static_cast<unsigned __int128>(cycles) * kSecond + hz - 1) / hz);
}
/// Whole cycles of a clock of `hz` within `time`.
constexpr uint64_t time_to_cycles(Time time, uint64_t hz) {
  return static_cast<uint64_t>(static_cast<unsigned __int128>(time) * hz / kSecond);
}

/// A wire that a model drives: an interrupt request, a reset, a strap. Level, not edge; a set to the
/// level it already has is not passed on.
class Line {
 public:
  using Listener = std::function<void(bool level)>;
  void connect(Listener listener) { listener_ = std::move(listener); }
  void set(bool level) {
    if (level == level_) return;
    level_ = level;
    if (listener_) listener_(level);
  }
  bool level() const { return level_; }

 private:
  Listener listener_;
  bool level_ = false;
};

/// An action that a model wants done later. At most one firing is pending; arming again moves it.
/// The owner must outlive its world or disarm first.
class Event {
 public:
  explicit Event(std::function<void()> action) : action_(std::move(action)) {}
  Event(const Event&) = delete;
  Time due() const { return due_; }
  bool armed() const { return due_ != kNever; }

 private:
  friend class World;
  std::function<void()> action_;
  Time due_ = kNever;
  uint64_t order_ = 0;  // ties at one instant fire in the order they were armed
};

/// Virtual time and the queue of events. Deterministic: equal histories give equal orders.
class World {
 public:
  virtual ~World() = default;
  /// The present instant, exact even in the middle of an instruction that touches a register.
  virtual Time now() const = 0;

  void arm(Event& event, Time due);
  void disarm(Event& event);
  /// The instant of the earliest armed event, or kNever.
  Time next_due() const;

 protected:
  /// Fires, in order, every event due at or before `until`. `set_now` is told each event's instant
  /// before it fires, so that now() is right inside the action.
  void fire_until(Time until, const std::function<void(Time)>& set_now);
  virtual void earliest_changed() {}  // an armed event became the earliest: shorten the CPU's slice

 private:
  std::vector<Event*> queue_;  // unsorted: a board has a few dozen
  uint64_t armed_ = 0;
};

/// The clock that feeds a block. 0 Hz: gated off; a block without its clock ignores writes, reads
/// back zeros and does not move.
class ClockSource {
 public:
  virtual ~ClockSource() = default;
  virtual uint64_t hz() const = 0;
  /// `listener` is called after each change of hz(), in the order of subscription. Whatever it
  /// touches must outlive the clock's last change.
  void on_change(std::function<void()> listener) { listeners_.push_back(std::move(listener)); }

 protected:
  void changed() {
    for (const auto& listener : listeners_) listener();
  }

 private:
  std::vector<std::function<void()>> listeners_;
};

/// A clock that never changes (crystals, and unit tests).
class FixedClock : public ClockSource {
 public:
  explicit FixedClock(uint64_t hz) : hz_(hz) {}
  uint64_t hz() const override { return hz_; }

 private:
  uint64_t hz_;
};

/// Physical memory as a bus master sees it. False: the access hit no memory (a bus error).
class Bus {
 public:
  virtual ~Bus() = default;
  virtual bool read(uint32_t address, std::span<std::byte> out) = 0;
  virtual bool write(uint32_t address, std::span<const std::byte> in) = 0;
};

}  // namespace base::model
