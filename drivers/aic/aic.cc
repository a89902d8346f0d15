#include "drivers/aic/aic.h"

#include "base/modules.h"

namespace drivers::aic {
namespace {

using base::mmio::Value;

constexpr uint8_t kModule = base::module_number("drivers/aic/aic.cc");
constexpr uint32_t kSpurious = 0xffff'ffff;
constexpr unsigned kNestingDepth = 8;

}  // namespace

Aic::Aic(base::mmio::Block<Regs> regs) : regs_(regs) {
  regs_.write(Regs::Wpmr::kKey(Regs::Wpmr::kPassword));
  regs_.write(Value<Regs::Dcr>{0});
  regs_.write(Value<Regs::Spu>{kSpurious});
  for (unsigned source = 0; source < kSources; ++source) {
    select(source);
    regs_.write(Regs::Idcr::kDo(true));
    regs_.write(Regs::Iccr::kDo(true));
    regs_.write(Value<Regs::Smr>{0});
    regs_.write(Value<Regs::Svr>{source});  // so that one read of the vector names the source
  }
  for (unsigned i = 0; i < kNestingDepth; ++i) regs_.write(Value<Regs::Eoicr>{0});
}

bool Aic::claimed(unsigned source) const {
  return source < kSources && claimed_[source / 32] >> source % 32 & 1;
}

base::Result<void> Aic::claim(unsigned source, unsigned priority, Type type) {
  if (source == 0 || source >= kSources || priority > Regs::Smr::kPriority.kMax)
    return FAIL(kInvalid);
  if (claimed(source)) return FAIL(kBusy);
  claimed_[source / 32] |= 1u << source % 32;
  // The datasheet's order: masked, then mode and vector, then the stale edge cleared.
  select(source);
  regs_.write(Regs::Idcr::kDo(true));
  regs_.write(Regs::Smr::kPriority.from(priority) | Regs::Smr::kType.from(type));
  regs_.write(Value<Regs::Svr>{source});
  regs_.write(Regs::Iccr::kDo(true));
  return {};
}

base::Result<void> Aic::release(unsigned source) {
  if (!claimed(source)) return FAIL(kNotFound);
  disable(source);
  claimed_[source / 32] &= ~(1u << source % 32);
  return {};
}

void Aic::enable(unsigned source) {
  select(source);
  regs_.write(Regs::Iecr::kDo(true));
}

void Aic::disable(unsigned source) {
  select(source);
  regs_.write(Regs::Idcr::kDo(true));
}

bool Aic::enabled(unsigned source) const {
  select(source);
  return regs_.read<Regs::Imr>().has(Regs::Imr::kEnabled);
}

std::optional<unsigned> Aic::begin() {
  const uint32_t vector = regs_.take<Regs::Ivr>().bits;
  if (vector == kSpurious) {
    end();
    return std::nullopt;
  }
  return vector;
}

void Aic::end() {
  regs_.write(Value<Regs::Eoicr>{0});
}

}  // namespace drivers::aic
