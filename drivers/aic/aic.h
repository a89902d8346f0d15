// Driver for the interrupt controller, for a kernel that calls it with interrupts masked.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "drivers/aic/aic_regs.h"

namespace drivers::aic {

/// Nothing here may be interrupted: the source selector is one shared register.
class Aic {
 public:
  static constexpr unsigned kSources = 128;
  using Type = Regs::Smr::Type;

  /// Masks every source, forgets every edge and service, so that it also serves after a soft
  /// restart.
  explicit Aic(base::mmio::Block<Regs> regs);
  Aic(const Aic&) = delete;

  /// Reserves `source` with `priority` (0 lowest to 7) and leaves it masked. Internal sources are
  /// kLevel unless their chapter says otherwise. kInvalid: no such source or priority (0 is the
  /// fast interrupt). kBusy: somebody has it.
  base::Result<void> claim(unsigned source, unsigned priority, Type type = Type::kLevel);
  /// Masks and gives back a claimed source. kNotFound: nobody had it.
  base::Result<void> release(unsigned source);
  bool claimed(unsigned source) const;

  void enable(unsigned source);
  void disable(unsigned source);
  bool enabled(unsigned source) const;

  /// On the IRQ exception: begins the service of the most urgent source and names it. Nothing: the
  /// interrupt was spurious, its service is already ended. Otherwise end() must follow, after the
  /// cause of a level has been removed or its source disabled.
  std::optional<unsigned> begin();
  void end();

 private:
  void select(unsigned source) const { regs_.write(Regs::Ssr::kSource.from(source)); }

  base::mmio::Block<Regs> regs_;
  uint32_t claimed_[kSources / 32] = {};
};

}  // namespace drivers::aic
