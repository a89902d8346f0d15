#include "drivers/rstc/rstc_model.h"

#include <algorithm>

namespace drivers::rstc {
namespace {

base::mmio::Value<Regs::Mr> as_mode(uint32_t bits) {
  return {bits};
}

constexpr uint64_t kSynchronise = 2;  // slow clock cycles until a request is seen
constexpr uint64_t kHold = 3;         // and for which the reset is held

}  // namespace

RstcModel::RstcModel(base::model::World& world, base::model::ClockSource& slow,
                     base::model::Line& interrupt, base::model::Line& reset_line)
    : world_(world),
      slow_(slow),
      interrupt_(interrupt),
      line_(reset_line),
      assert_event_([this] { assert_reset(requested_); }),
      release_event_([this] {
        if (pin_ || type_ != Reset::kUser) line_.set(false);
      }) {
  power_on();
}

RstcModel::~RstcModel() {
  world_.disarm(assert_event_);
  world_.disarm(release_event_);
}

base::model::Time RstcModel::slow_cycles(uint64_t cycles) const {
  return base::model::cycles_to_time(cycles, std::max<uint64_t>(slow_.hz(), 1));
}

void RstcModel::power_on() {
  world_.disarm(assert_event_);
  world_.disarm(release_event_);
  mode_ = 1;
  type_ = Reset::kPowerOn;
  pin_ = true;
  user_seen_ = false;
  line_.set(false);
  update();
}

void RstcModel::reset() {
  world_.disarm(assert_event_);
  update();
}

void RstcModel::request(Reset type) {
  if (assert_event_.armed() || line_.level()) return;
  requested_ = type;
  world_.arm(assert_event_, world_.now() + slow_cycles(kSynchronise));
}

void RstcModel::assert_reset(Reset type) {
  type_ = type;
  world_.arm(release_event_, world_.now() + slow_cycles(kHold));
  line_.set(true);
}

void RstcModel::set_nrst(bool level) {
  const bool fell = pin_ && !level;
  pin_ = level;
  if (fell) {
    user_seen_ = true;
    if (as_mode(mode_).has(Regs::Mr::kUserReset)) {
      world_.disarm(assert_event_);
      assert_reset(Reset::kUser);
    }
  } else if (level && line_.level() && type_ == Reset::kUser) {
    // The pin is held longer than the shortest reset: that ends a little after it rises.
    world_.arm(release_event_, world_.now() + slow_cycles(kHold));
  }
  update();
}

void RstcModel::update() {
  interrupt_.set(user_seen_ && as_mode(mode_).has(Regs::Mr::kUserInterrupt) &&
                 !as_mode(mode_).has(Regs::Mr::kUserReset));
}

uint32_t RstcModel::read_word(uint32_t offset) {
  if (offset == Regs::Mr::kOffset) return mode_;
  if (offset != Regs::Sr::kOffset) return 0;
  const auto status = Regs::Sr::kUserSeen.from(user_seen_) | Regs::Sr::kType.from(type_) |
                      Regs::Sr::kPinLevel.from(pin_) |
                      Regs::Sr::kInProgress.from(assert_event_.armed());
  user_seen_ = false;
  update();
  return status.bits;
}

void RstcModel::write_word(uint32_t offset, uint32_t value) {
  if (offset == Regs::Cr::kOffset) {
    const base::mmio::Value<Regs::Cr> cr{value};
    if (cr.get(Regs::Cr::kKey) == Regs::Cr::kPassword && cr.has(Regs::Cr::kReset))
      request(Reset::kSoftware);
  } else if (offset == Regs::Mr::kOffset) {
    if (as_mode(value).get(Regs::Mr::kKey) == Regs::Mr::kPassword) mode_ = value & 0x13;
    update();
  }
}

}  // namespace drivers::rstc
