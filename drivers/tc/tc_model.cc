#include "drivers/tc/tc_model.h"

#include <algorithm>

#include "drivers/tc/tc_regs.h"

namespace drivers::tc {
namespace {

using base::mmio::Value;
using Shape = Regs::Cmr::Shape;

constexpr uint64_t kRange = uint64_t{1} << 32;
constexpr uint32_t kOverflow = Regs::Sr::kOverflow.kMask;
constexpr uint32_t kReachedA = Regs::Sr::kReachedA.kMask;
constexpr uint32_t kReachedB = Regs::Sr::kReachedB.kMask;
constexpr uint32_t kReachedC = Regs::Sr::kReachedC.kMask;
constexpr uint32_t kFlags[] = {kOverflow, kReachedA, kReachedB, kReachedC};

Value<Regs::Cmr> as_mode(uint32_t bits) {
  return {bits};
}

bool waveform(uint32_t mode) {
  return as_mode(mode).has(Regs::Cmr::kWaveform);
}
bool up_down(uint32_t mode) {
  const Shape shape = as_mode(mode).get(Regs::Cmr::kShape);
  return waveform(mode) && (shape == Shape::kUpDown || shape == Shape::kUpDownToC);
}
bool to_c(uint32_t mode) {
  if (!waveform(mode)) return as_mode(mode).has(Regs::Cmr::kTriggerAtC);
  const Shape shape = as_mode(mode).get(Regs::Cmr::kShape);
  return shape == Shape::kUpToC || shape == Shape::kUpDownToC;
}
/// RC ends the counting (until a trigger, or until the clock is enabled again).
bool ends_at_c(uint32_t mode) {
  const auto cmr = as_mode(mode);
  return waveform(mode) && (cmr.has(Regs::Cmr::kStopAtC) || cmr.has(Regs::Cmr::kDisableAtC));
}

}  // namespace

TcModel::TcModel(base::model::World& world, base::model::ClockSource& bus,
                 base::model::ClockSource& generic, base::model::ClockSource& slow,
                 base::model::Line& interrupt)
    : world_(world),
      bus_(bus),
      generic_(generic),
      slow_(slow),
      interrupt_(interrupt),
      protection_(Regs::Wpmr::kPassword) {
  for (unsigned i = 0; i < kChannels; ++i)
    channels_[i] = std::make_unique<Channel>(world, [this, i] {
      advance(*channels_[i]);
      update(*channels_[i]);
    });
  for (auto* clock : {&bus_, &generic_, &slow_}) clock->on_change([this] { clocks_changed(); });
  reset();
}

TcModel::~TcModel() {
  for (auto& channel : channels_) world_.disarm(channel->event);
}

void TcModel::reset() {
  protection_.reset();
  block_mode_ = fault_mode_ = 0;
  for (auto& channel : channels_) {
    channel->mode = channel->stepper = channel->a = channel->b = channel->c = channel->extended = 0;
    channel->status = channel->mask = 0;
    channel->phase = 0;
    channel->enabled = channel->running = false;
    retune(*channel);
    update(*channel);
  }
}

/// Cycles after which the counter is back at 0. 0: RC holds it there.
uint64_t TcModel::period(const Channel& channel) const {
  const uint64_t top = to_c(channel.mode) ? channel.c : kRange - 1;
  if (up_down(channel.mode)) return 2 * top;
  return to_c(channel.mode) ? top : kRange;
}

uint32_t TcModel::count(const Channel& channel) const {
  const uint64_t length = period(channel);
  if (up_down(channel.mode) && channel.phase > length / 2)
    return static_cast<uint32_t>(length - channel.phase);
  return static_cast<uint32_t>(channel.phase);
}

uint64_t TcModel::distance(const Channel& channel, uint32_t bit) const {
  const uint64_t length = period(channel);
  if (!length) return 0;
  const auto until = [&](uint64_t phase) {
    phase %= length;
    return phase > channel.phase ? phase - channel.phase : phase + length - channel.phase;
  };
  const uint64_t top = up_down(channel.mode) ? length / 2 : length;
  const auto match = [&](uint64_t value) -> uint64_t {
    if (value > top || (value == top && !up_down(channel.mode) && !to_c(channel.mode))) return 0;
    const uint64_t rising = until(value);
    return up_down(channel.mode) ? std::min(rising, until(length - value)) : rising;
  };
  switch (bit) {
    case kOverflow:
      if (to_c(channel.mode)) return 0;
      return until(up_down(channel.mode) ? top : 0);
    // In capture mode A and B are captured, not compared.
    case kReachedA:
      return waveform(channel.mode) ? match(channel.a) : 0;
    case kReachedB:
      return waveform(channel.mode) ? match(channel.b) : 0;
    case kReachedC:
      return match(channel.c);
    default:
      return 0;
  }
}

/// Lets the counter pass `cycles`, at most to the end of the one event that changes its course.
void TcModel::run(Channel& channel, uint64_t cycles) {
  const uint64_t length = period(channel);
  if (!length || !channel.running || !cycles) return;
  if (channel.phase >= length) {
    // RC or the mode changed under the count: the 32-bit counter goes round before it matches.
    const uint64_t round = kRange - std::min(channel.phase, kRange - 1);
    if (cycles < round) {
      channel.phase += cycles;
      return;
    }
    cycles -= round;
    channel.phase = 0;
    channel.status |= kOverflow;
  }
  uint64_t end = 0;
  if (ends_at_c(channel.mode)) end = distance(channel, kReachedC);
  const bool ended = end && cycles >= end;
  if (ended) cycles = end;
  for (const uint32_t flag : kFlags) {
    const uint64_t when = distance(channel, flag);
    if (when && when <= cycles) channel.status |= flag;
  }
  channel.phase = (channel.phase + cycles) % length;
  if (!ended) return;
  channel.running = false;
  if (as_mode(channel.mode).has(Regs::Cmr::kDisableAtC)) channel.enabled = false;
}

void TcModel::advance(Channel& channel) {
  run(channel, channel.counter.take());
}

void TcModel::retune(Channel& channel) {
  if (!bus_.hz()) return channel.counter.stop();
  if (Value<Regs::Emr>{channel.extended}.has(Regs::Emr::kUndivided))
    return channel.counter.start(bus_.hz());
  switch (as_mode(channel.mode).get(Regs::Cmr::kClock)) {
    case Regs::Cmr::Clock::kGeneric:
      return channel.counter.start(generic_.hz());
    case Regs::Cmr::Clock::kBy8:
      return channel.counter.start(bus_.hz(), 8);
    case Regs::Cmr::Clock::kBy32:
      return channel.counter.start(bus_.hz(), 32);
    case Regs::Cmr::Clock::kBy128:
      return channel.counter.start(bus_.hz(), 128);
    case Regs::Cmr::Clock::kSlow:
      return channel.counter.start(slow_.hz());
    default:
      return channel.counter.stop();
  }
}

void TcModel::clocks_changed() {
  for (auto& channel : channels_) {
    advance(*channel);
    retune(*channel);
    update(*channel);
  }
}

void TcModel::trigger(Channel& channel) {
  if (!channel.enabled) return;
  channel.phase = 0;
  channel.running = true;
  retune(channel);
}

void TcModel::control(Channel& channel, uint32_t value) {
  const auto ccr = Value<Regs::Ccr>{value};
  if (ccr.has(Regs::Ccr::kDisable)) {
    channel.enabled = channel.running = false;
  } else if (ccr.has(Regs::Ccr::kEnable)) {
    channel.enabled = true;
  }
  if (ccr.has(Regs::Ccr::kTrigger)) trigger(channel);
}

void TcModel::update(Channel& channel) {
  bool level = false;
  for (const auto& each : channels_) level |= each && (each->status & each->mask) != 0;
  interrupt_.set(level);

  uint64_t nearest = 0;
  const auto consider = [&](uint64_t cycles) {
    if (cycles && (!nearest || cycles < nearest)) nearest = cycles;
  };
  const uint64_t length = period(channel);
  if (channel.running && length && channel.phase >= length) {
    if (channel.mask) consider(kRange - std::min(channel.phase, kRange - 1));
  } else if (channel.running) {
    // Only what somebody waits for and is not already told of: an unread flag costs no events.
    for (const uint32_t flag : kFlags)
      if (channel.mask & flag && !(channel.status & channel.mask))
        consider(distance(channel, flag));
  }
  world_.arm(channel.event, nearest ? channel.counter.after(nearest) : base::model::kNever);
}

uint32_t TcModel::read_word(uint32_t offset) {
  if (!bus_.hz()) return 0;
  if (offset >= kChannels * kChannelStride) {
    switch (offset) {
      case Regs::Bmr::kOffset:
        return block_mode_;
      case Regs::Fmr::kOffset:
        return fault_mode_;
      case Regs::Wpmr::kOffset:
        return protection_.mode();
      default:
        return 0;
    }
  }
  Channel& channel = *channels_[offset / kChannelStride];
  advance(channel);
  uint32_t result = 0;
  switch (offset % kChannelStride) {
    case Regs::Cmr::kOffset:
      result = channel.mode;
      break;
    case Regs::Smmr::kOffset:
      result = channel.stepper;
      break;
    case Regs::Cv::kOffset:
      result = count(channel);
      break;
    case Regs::Ra::kOffset:
      result = channel.a;
      break;
    case Regs::Rb::kOffset:
      result = channel.b;
      break;
    case Regs::Rc::kOffset:
      result = channel.c;
      break;
    case Regs::Sr::kOffset:
      result = channel.status | Regs::Sr::kClockEnabled.from(channel.enabled).bits;
      channel.status = 0;
      break;
    case Regs::Imr::kOffset:
      result = channel.mask;
      break;
    case Regs::Emr::kOffset:
      result = channel.extended;
      break;
    default:
      break;
  }
  update(channel);
  return result;
}

void TcModel::write_word(uint32_t offset, uint32_t value) {
  if (!bus_.hz()) return;
  if (offset >= kChannels * kChannelStride) {
    switch (offset) {
      case Regs::Bcr::kOffset:
        if (!(value & Regs::Bcr::kSync.kMask)) return;
        for (auto& channel : channels_) {
          advance(*channel);
          trigger(*channel);
          update(*channel);
        }
        return;
      case Regs::Bmr::kOffset:
        if (!protection_.blocks(offset)) block_mode_ = value & 0x03ff'ff3f;
        return;
      case Regs::Fmr::kOffset:
        if (!protection_.blocks(offset)) fault_mode_ = value & 3;
        return;
      case Regs::Wpmr::kOffset:
        return protection_.write_mode(value);
      default:
        return;
    }
  }
  Channel& channel = *channels_[offset / kChannelStride];
  const uint32_t which = offset % kChannelStride;
  switch (which) {
    case Regs::Cmr::kOffset:
    case Regs::Smmr::kOffset:
    case Regs::Ra::kOffset:
    case Regs::Rb::kOffset:
    case Regs::Rc::kOffset:
    case Regs::Emr::kOffset:
      if (protection_.blocks(offset)) return;
      break;
    default:
      break;
  }
  advance(channel);
  switch (which) {
    case Regs::Ccr::kOffset:
      control(channel, value);
      break;
    case Regs::Cmr::kOffset:
      channel.phase = count(channel);  // the counter keeps its value, not its direction
      channel.mode = value;
      retune(channel);
      break;
    case Regs::Smmr::kOffset:
      channel.stepper = value & 3;
      break;
    // In capture mode A and B are loaded by the pins and cannot be written.
    case Regs::Ra::kOffset:
      if (waveform(channel.mode)) channel.a = value;
      break;
    case Regs::Rb::kOffset:
      if (waveform(channel.mode)) channel.b = value;
      break;
    case Regs::Rc::kOffset:
      if (up_down(channel.mode)) channel.phase = count(channel);
      channel.c = value;
      break;
    case Regs::Ier::kOffset:
      channel.mask |= value & 0xff;
      break;
    case Regs::Idr::kOffset:
      channel.mask &= ~value;
      break;
    case Regs::Emr::kOffset:
      channel.extended = value & 0x133;
      retune(channel);
      break;
    default:
      break;
  }
  update(channel);
}

}  // namespace drivers::tc
