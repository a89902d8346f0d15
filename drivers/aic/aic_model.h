// The two interrupt controllers and the wiring that decides which of them a source belongs to.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>

#include "drivers/apb/word_model.h"

namespace drivers::aic {

inline constexpr unsigned kSources = 128;

/// One controller: AIC or SAIC. Sources are levels; the model finds the edges.
class AicModel final : public apb::WordModel {
 public:
  AicModel(base::model::Line& irq, base::model::Line& fiq);
  /// Forgets modes, masks, edges and the nesting; the sources' levels are the world's.
  void reset();
  void set_source(unsigned source, bool level);

  /// Services begun and not ended, at most 8.
  unsigned nesting() const { return depth_; }

 protected:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value) override;

 private:
  static constexpr unsigned kNone = kSources;
  static constexpr unsigned kStack = 8;
  struct Service {
    unsigned source = 0, priority = 0;
  };

  bool edge_triggered(unsigned source) const;
  bool pending(unsigned source) const;
  unsigned candidate() const;
  void enter(unsigned source);
  uint32_t read_vector();
  uint32_t read_fast_vector();
  void update();

  base::model::Line& irq_;
  base::model::Line& fiq_;
  apb::WriteProtection protection_;
  std::bitset<kSources> levels_, edges_, enabled_;
  std::array<uint32_t, kSources> mode_{}, vector_{};
  std::array<Service, kStack> stack_{};
  unsigned depth_ = 0;
  unsigned selected_ = 0;
  unsigned memorized_ = kNone;  // found by the last AIC_IVR read under protection
  uint32_t spurious_ = 0, debug_ = 0;
};

/// The pair as the chip has it. Every source is secure after reset: it reaches only the SAIC, whose
/// interrupts arrive at the core as FIQ. A source reaches the AIC (IRQ) once software has written
/// SFR_AICREDIR with its key, which redirects all of them, or has made that one non-secure in its
/// MATRIX_SPSELR. The board connects SfrModel and MatrixModel to the two setters.
class InterruptControllers {
 public:
  InterruptControllers(base::model::Line& irq, base::model::Line& fiq);
  InterruptControllers(const InterruptControllers&) = delete;

 private:
  // Before the controllers, which drive them from their construction on.
  base::model::Line& fiq_;
  base::model::Line aic_fiq_, saic_irq_, saic_fiq_;

 public:
  AicModel aic, saic;

  /// The wire of a source, for a model to drive.
  base::model::Line& source(unsigned source) { return lines_[source]; }
  void set_redirected(bool redirected);
  void set_secure(unsigned source, bool secure);
  void reset();

 private:
  bool to_aic(unsigned source) const { return redirected_ || !secure_[source]; }
  void route(unsigned source);
  void route_all();

  std::array<base::model::Line, kSources> lines_;
  std::bitset<kSources> secure_;
  bool redirected_ = false;
};

}  // namespace drivers::aic
