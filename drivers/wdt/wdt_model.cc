#include "drivers/wdt/wdt_model.h"

#include "drivers/wdt/wdt_regs.h"

namespace drivers::wdt {
namespace {

base::mmio::Value<Regs::Mr> as_mode(uint32_t bits) {
  return {bits};
}

constexpr uint32_t kResetMode = 0x3fff'2fff;

}  // namespace

WdtModel::WdtModel(base::model::World& world, base::model::ClockSource& slow,
                   base::model::Line& interrupt, base::model::Line& fault)
    : world_(world),
      slow_(slow),
      interrupt_(interrupt),
      fault_(fault),
      counter_(world),
      event_([this] {
        advance();
        update();
      }) {
  slow_.on_change([this] {
    advance();
    resume();
  });
  reset();
}

WdtModel::~WdtModel() {
  world_.disarm(event_);
}

void WdtModel::reset() {
  mode_ = kResetMode;
  status_ = 0;
  locked_ = debug_ = idle_ = false;
  guarded_until_ = 0;
  fault_.set(false);
  restart();
}

bool WdtModel::ticking() const {
  const auto mode = as_mode(mode_);
  return !mode.has(Regs::Mr::kDisable) && !(debug_ && mode.has(Regs::Mr::kDebugHalt)) &&
         !(idle_ && mode.has(Regs::Mr::kIdleHalt));
}

void WdtModel::resume() {
  counter_.start(slow_.hz(), kPrescaler);
  counter_.hold(!ticking());
  update();
}

void WdtModel::restart() {
  left_ = as_mode(mode_).get(Regs::Mr::kStart);
  resume();
}

void WdtModel::advance() {
  const uint64_t steps = counter_.take();
  const uint64_t start = as_mode(mode_).get(Regs::Mr::kStart);
  if (steps <= left_) {
    left_ -= static_cast<uint32_t>(steps);
    return;
  }
  // The step after 0 underflows and reloads.
  left_ = static_cast<uint32_t>(start - (steps - left_ - 1) % (start + 1));
  raise(Regs::Sr::kUnderflow.kMask);
}

void WdtModel::raise(uint32_t status) {
  status_ |= status;
  if (as_mode(mode_).has(Regs::Mr::kFaultReset)) fault_.set(true);
}

/// Whether a write comes too soon after a restart; then the period ends at once.
bool WdtModel::disturbs() {
  if (world_.now() >= guarded_until_) return false;
  guarded_until_ = 0;
  left_ = as_mode(mode_).get(Regs::Mr::kStart);
  raise(Regs::Sr::kUnderflow.kMask);
  return true;
}

void WdtModel::update() {
  interrupt_.set(status_ && as_mode(mode_).has(Regs::Mr::kFaultInterrupt));
  // Until a fault is noted there is something to wait for; afterwards the counter may go round
  // unseen.
  if (status_ & Regs::Sr::kUnderflow.kMask)
    world_.disarm(event_);
  else
    world_.arm(event_, counter_.after(uint64_t{left_} + 1));
}

void WdtModel::set_debug(bool halted) {
  debug_ = halted;
  counter_.hold(!ticking());
  update();
}

void WdtModel::set_idle(bool idle) {
  if (idle == idle_) return;
  idle_ = idle;
  if (!as_mode(mode_).has(Regs::Mr::kIdleHalt)) return;
  counter_.hold(!ticking());
  update();
}

uint32_t WdtModel::read_word(uint32_t offset) {
  advance();
  uint32_t result = 0;
  if (offset == Regs::Mr::kOffset) result = mode_;
  if (offset == Regs::Sr::kOffset) {
    result = status_;
    status_ = 0;
  }
  update();
  return result;
}

void WdtModel::write_word(uint32_t offset, uint32_t value) {
  advance();
  if (offset == Regs::Cr::kOffset) {
    const base::mmio::Value<Regs::Cr> cr{value};
    if (cr.get(Regs::Cr::kKey) != Regs::Cr::kPassword) return;
    if (!disturbs() && cr.has(Regs::Cr::kRestart)) {
      const bool early = left_ > as_mode(mode_).get(Regs::Mr::kWindow);
      if (early) raise(Regs::Sr::kError.kMask);
      guarded_until_ =
          world_.now() + base::model::cycles_to_time(kRestartGuard, slow_.hz() ? slow_.hz() : 1);
      restart();
    }
    locked_ |= cr.has(Regs::Cr::kLockMode);
  } else if (offset == Regs::Mr::kOffset) {
    if (!disturbs()) {
      if (!locked_) mode_ = value & 0x3fff'bfff;
      restart();
    }
  }
  update();
}

}  // namespace drivers::wdt
