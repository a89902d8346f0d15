// Two read-only words: which chip this is.
#pragma once

#include "drivers/apb/word_model.h"
#include "drivers/chipid/chipid_regs.h"

namespace drivers::chipid {

class ChipidModel final : public apb::WordModel {
 public:
  /// `version` 2 is silicon revision C.
  explicit ChipidModel(Member member = Member::kSama5d28cD1g, uint32_t version = 2)
      : member_(member), version_(version) {}

 protected:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t, uint32_t) override {}

 private:
  Member member_;
  uint32_t version_;
};

}  // namespace drivers::chipid
