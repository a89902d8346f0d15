// A world for unit tests: time moves when the test says so.
#pragma once

#include <array>
#include <cstring>
#include <vector>

#include "base/clock.h"
#include "base/model/world.h"

namespace base::model {

class ManualWorld : public World {
 public:
  Time now() const override { return now_; }
  /// Lets `length` pass and fires every event due in it.
  void advance(Time length) {
    const Time until = now_ + length;
    fire_until(until, [this](Time at) { now_ = at > now_ ? at : now_; });
    now_ = until;
  }

 private:
  Time now_ = 0;
};

/// The driver's view of a ManualWorld's time. Each look costs `step`, as a polling loop would, so
/// that a wait with a deadline ends.
class SteppingClock : public base::Clock {
 public:
  explicit SteppingClock(ManualWorld& world, Time step = kMicrosecond) : world_(world), step_(step) {}
  Duration now() override {
    world_.advance(step_);
    return Duration(world_.now() / kMicrosecond);
  }

 private:
  ManualWorld& world_;
  Time step_;
};

/// A clock that a test gates and retunes.
class ManualClock : public ClockSource {
 public:
  explicit ManualClock(uint64_t hz) : hz_(hz) {}
  uint64_t hz() const override { return hz_; }
  void set(uint64_t hz) {
    hz_ = hz;
    changed();
  }

 private:
  uint64_t hz_;
};

/// RAM from `base` on, for DMA tests.
class FlatMemory : public Bus {
 public:
  FlatMemory(uint32_t base, size_t size) : base_(base), bytes_(size) {}
  bool read(uint32_t address, std::span<std::byte> out) override {
    if (!inside(address, out.size())) return false;
    std::memcpy(out.data(), bytes_.data() + (address - base_), out.size());
    return true;
  }
  bool write(uint32_t address, std::span<const std::byte> in) override {
    if (!inside(address, in.size())) return false;
    std::memcpy(bytes_.data() + (address - base_), in.data(), in.size());
    return true;
  }
  std::span<std::byte> bytes() { return bytes_; }

 private:
  bool inside(uint32_t address, size_t size) const {
    return address >= base_ && size <= bytes_.size() && address - base_ <= bytes_.size() - size;
  }
  uint32_t base_;
  std::vector<std::byte> bytes_;
};

}  // namespace base::model
