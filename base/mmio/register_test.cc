#include "base/mmio/register.h"

#include <gtest/gtest.h>

#include <vector>

namespace base::mmio {
namespace {

struct Regs {
  struct Mode : Register<Regs, 0x04, Access::kReadWrite> {
    static constexpr Field<Mode, 0> kEnable{};
    static constexpr Field<Mode, 8, 4> kDivider{};
  };
  struct Status : Register<Regs, 0x08, Access::kReadClears> {
    static constexpr Field<Status, 31> kReady{};
  };
  struct Half : Register<Regs, 0x0e, Access::kWriteOnly, uint16_t> {
    static constexpr Field<Half, 4, 12> kTop{};
  };
  struct Key : RegisterArray<Regs, 0x20, Access::kWriteOnly, 4> {};
};

struct Recorder : Model {
  struct Touch {
    char kind;
    uint32_t offset, value;
    unsigned width;
    friend bool operator==(const Touch&, const Touch&) = default;
  };
  uint32_t load(uint32_t offset, unsigned width) override {
    touches.push_back({'r', offset, answer, width});
    return answer;
  }
  void store(uint32_t offset, uint32_t value, unsigned width) override {
    touches.push_back({'w', offset, value, width});
  }
  uint32_t answer = 0;
  std::vector<Touch> touches;
};

using Touch = Recorder::Touch;

TEST(Register, EachVerbIsOneAccessOfTheRegistersWidth) {
  Recorder model;
  const Block<Regs> regs{Region(model)};
  model.answer = 0x8000'0500;
  EXPECT_EQ(regs.read<Regs::Mode>().get(Regs::Mode::kDivider), 5u);
  EXPECT_TRUE(regs.take<Regs::Status>().has(Regs::Status::kReady));
  regs.write(Regs::Half::kTop(0xabc));
  regs.write(Value<Regs::Key>{7}, 3);
  EXPECT_EQ(model.touches, (std::vector<Touch>{{'r', 0x04, 0x80000500, 4},
                                               {'r', 0x08, 0x80000500, 4},
                                               {'w', 0x0e, 0xabc0, 2},
                                               {'w', 0x2c, 7, 4}}));
}

TEST(Register, ModifyKeepsTheFieldsItDoesNotName) {
  Recorder model;
  model.answer = 0xf1;
  const Block<Regs> regs{Region(model)};
  regs.modify<Regs::Mode>([](Value<Regs::Mode> mode) { return mode.with(Regs::Mode::kDivider, 3u); });
  EXPECT_EQ(model.touches.back(), (Touch{'w', 0x04, 0x3f1, 4}));
}

TEST(RegisterDeathTest, AnIndexPastTheArrayTraps) {
  Recorder model;
  const Block<Regs> regs{Region(model)};
  EXPECT_DEATH(regs.write(Value<Regs::Key>{0}, 4), "");
  EXPECT_DEATH((void)Regs::Mode::kDivider.from(16), "");
}

}  // namespace
}  // namespace base::mmio
