// Host registers: every access goes to a Model, a working imitation of the peripheral.
#pragma once

#include <cstdint>

namespace base::mmio {

/// One peripheral's register window as the bus sees it. `offset` counts bytes from the block's base
/// and is a multiple of `width`; `width` is 1, 2 or 4 bytes. A load returns the value right-aligned.
/// Accesses that the chip ignores are ignored here too; they never throw.
class Model {
 public:
  virtual ~Model() = default;
  virtual uint32_t load(uint32_t offset, unsigned width) = 0;
  virtual void store(uint32_t offset, uint32_t value, unsigned width) = 0;
};

class Region {
 public:
  explicit Region(Model& model) : model_(&model) {}
  template <class Word>
  Word load(uint32_t offset) const {
    return static_cast<Word>(model_->load(offset, sizeof(Word)));
  }
  template <class Word>
  void store(uint32_t offset, Word value) const {
    model_->store(offset, value, sizeof(Word));
  }

 private:
  Model* model_;
};

}  // namespace base::mmio
