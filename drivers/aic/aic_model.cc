#include "drivers/aic/aic_model.h"

#include "drivers/aic/aic_regs.h"

namespace drivers::aic {
namespace {

using base::mmio::Value;
using Type = Regs::Smr::Type;

constexpr unsigned kFiqSource = 0;
constexpr unsigned kIrqPin = 49;
constexpr bool external(unsigned source) {
  return source == kFiqSource || source == kIrqPin;
}

Type type_of(uint32_t mode) {
  return Regs::Smr::kType.in(Value<Regs::Smr>{mode});
}
unsigned priority_of(uint32_t mode) {
  return Regs::Smr::kPriority.in(Value<Regs::Smr>{mode});
}

}  // namespace

AicModel::AicModel(base::model::Line& irq, base::model::Line& fiq)
    : irq_(irq), fiq_(fiq), protection_(Regs::Wpmr::kPassword) {
  levels_.set(kFiqSource).set(kIrqPin);  // pins rest high
  reset();
}

void AicModel::reset() {
  protection_.reset();
  edges_.reset();
  enabled_.reset();
  mode_.fill(0);
  vector_.fill(0);
  depth_ = selected_ = 0;
  memorized_ = kNone;
  spurious_ = debug_ = 0;
  update();
}

bool AicModel::edge_triggered(unsigned source) const {
  const Type type = type_of(mode_[source]);
  return type == Type::kEdge || type == Type::kPositiveEdge;
}

void AicModel::set_source(unsigned source, bool level) {
  if (source >= kSources || levels_[source] == level) return;
  levels_[source] = level;
  const bool falling = external(source) && type_of(mode_[source]) == Type::kEdge;
  if (edge_triggered(source) && level != falling) edges_.set(source);
  update();
}

bool AicModel::pending(unsigned source) const {
  if (edge_triggered(source)) return edges_[source];
  const bool low = external(source) && type_of(mode_[source]) == Type::kLevel;
  return levels_[source] != low;
}

/// The enabled pending source of the highest priority above the one in service; the lowest number
/// wins among equals. Source 0 is the fast interrupt and takes no part.
unsigned AicModel::candidate() const {
  unsigned best = kNone;
  for (unsigned source = 1; source < kSources; ++source) {
    if (!enabled_[source] || !pending(source)) continue;
    const unsigned priority = priority_of(mode_[source]);
    if (depth_ && priority <= stack_[depth_ - 1].priority) continue;
    if (best == kNone || priority > priority_of(mode_[best])) best = source;
  }
  return best;
}

void AicModel::enter(unsigned source) {
  // Eight priorities, each higher than the last: the stack cannot overflow.
  stack_[depth_++] = {source, priority_of(mode_[source])};
  edges_.reset(source);
  update();
}

uint32_t AicModel::read_vector() {
  const unsigned source = candidate();
  const bool protect = debug_ & Regs::Dcr::kProtect.kMask;
  memorized_ = protect ? source : kNone;
  if (source == kNone) return spurious_;
  if (!protect) enter(source);
  return vector_[source];
}

uint32_t AicModel::read_fast_vector() {
  if (!enabled_[kFiqSource] || !pending(kFiqSource)) return spurious_;
  if (!(debug_ & Regs::Dcr::kProtect.kMask)) {
    edges_.reset(kFiqSource);
    update();
  }
  return vector_[kFiqSource];
}

void AicModel::update() {
  const bool masked = debug_ & Regs::Dcr::kMaskAll.kMask;
  fiq_.set(!masked && enabled_[kFiqSource] && pending(kFiqSource));
  irq_.set(!masked && enabled_.any() && candidate() != kNone);
}

uint32_t AicModel::read_word(uint32_t offset) {
  switch (offset) {
    case Regs::Ssr::kOffset:
      return selected_;
    case Regs::Smr::kOffset:
      return mode_[selected_];
    case Regs::Svr::kOffset:
      return vector_[selected_];
    case Regs::Ivr::kOffset:
      return read_vector();
    case Regs::Fvr::kOffset:
      return read_fast_vector();
    case Regs::Isr::kOffset:
      return depth_ ? stack_[depth_ - 1].source : 0;
    case 0x20:
    case 0x24:
    case 0x28:
    case 0x2c: {
      uint32_t bits = 0;
      for (unsigned i = 0; i < 32; ++i) bits |= uint32_t{pending((offset - 0x20) * 8 + i)} << i;
      return bits;
    }
    case Regs::Imr::kOffset:
      return enabled_[selected_];
    case Regs::Cisr::kOffset:
      return (Regs::Cisr::kFiq.from(fiq_.level()) | Regs::Cisr::kIrq.from(irq_.level())).bits;
    case Regs::Spu::kOffset:
      return spurious_;
    case Regs::Dcr::kOffset:
      return debug_;
    case Regs::Wpmr::kOffset:
      return protection_.mode();
    case Regs::Wpsr::kOffset:
      return protection_.take_status();
    default:
      return 0;
  }
}

void AicModel::write_word(uint32_t offset, uint32_t value) {
  switch (offset) {
    case Regs::Smr::kOffset:
    case Regs::Svr::kOffset:
    case Regs::Spu::kOffset:
    case Regs::Dcr::kOffset:
      if (protection_.blocks(offset)) return;
      break;
    default:
      break;
  }
  switch (offset) {
    case Regs::Ssr::kOffset:
      selected_ = value % kSources;
      return;
    case Regs::Smr::kOffset:
      mode_[selected_] = value & 0x67;
      break;
    case Regs::Svr::kOffset:
      vector_[selected_] = value;
      break;
    case Regs::Ivr::kOffset:
      if (debug_ & Regs::Dcr::kProtect.kMask) {
        // What was memorized may be gone by now; a write without a read before looks for itself.
        unsigned source = memorized_;
        if (source == kNone || !enabled_[source] || !pending(source)) source = candidate();
        memorized_ = kNone;
        if (source != kNone &&
            (!depth_ || priority_of(mode_[source]) > stack_[depth_ - 1].priority))
          enter(source);
      }
      return;
    case Regs::Eoicr::kOffset:
      if (depth_) --depth_;  // after a spurious interrupt there is nothing to pop
      break;
    case Regs::Spu::kOffset:
      spurious_ = value;
      break;
    case Regs::Iecr::kOffset:
      if (value & 1) enabled_.set(selected_);
      break;
    case Regs::Idcr::kOffset:
      if (value & 1) enabled_.reset(selected_);
      break;
    case Regs::Iccr::kOffset:
      if (value & 1 && edge_triggered(selected_)) edges_.reset(selected_);
      break;
    case Regs::Iscr::kOffset:
      if (value & 1 && edge_triggered(selected_)) edges_.set(selected_);
      break;
    case Regs::Dcr::kOffset:
      debug_ = value & 3;
      break;
    case Regs::Wpmr::kOffset:
      protection_.write_mode(value);
      return;
    default:
      return;
  }
  update();
}

InterruptControllers::InterruptControllers(base::model::Line& irq, base::model::Line& fiq)
    : fiq_(fiq), aic(irq, aic_fiq_), saic(saic_irq_, saic_fiq_) {
  const auto combine = [this](bool) {
    fiq_.set(aic_fiq_.level() || saic_irq_.level() || saic_fiq_.level());
  };
  aic_fiq_.connect(combine);
  saic_irq_.connect(combine);
  saic_fiq_.connect(combine);
  secure_.set();
  for (unsigned source = 0; source < kSources; ++source) {
    lines_[source].set(external(source));  // pins rest high
    lines_[source].connect([this, source](bool) { route(source); });
  }
}

void InterruptControllers::route(unsigned source) {
  const bool level = lines_[source].level();
  const bool idle = external(source);  // the level at which nothing is asked for
  const bool mine = to_aic(source);
  aic.set_source(source, mine ? level : idle);
  saic.set_source(source, mine ? idle : level);
}

void InterruptControllers::route_all() {
  for (unsigned source = 0; source < kSources; ++source) route(source);
}

void InterruptControllers::set_redirected(bool redirected) {
  redirected_ = redirected;
  route_all();
}

void InterruptControllers::set_secure(unsigned source, bool secure) {
  if (source >= kSources || secure_[source] == secure) return;
  secure_[source] = secure;
  route_all();
}

void InterruptControllers::reset() {
  redirected_ = false;
  secure_.set();
  aic.reset();
  saic.reset();
  route_all();
}

}  // namespace drivers::aic
