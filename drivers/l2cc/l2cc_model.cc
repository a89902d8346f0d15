#include "drivers/l2cc/l2cc_model.h"

#include <algorithm>
#include <bit>

#include "drivers/l2cc/l2cc_regs.h"

namespace drivers::l2cc {
namespace {

constexpr uint32_t kIdentity = 0x4100'00c9;
constexpr uint32_t kType = 0x0010'0100;
constexpr uint32_t kResetAuxiliary = 0x0202'0000;
// The controller walks a way's lines at about one in four processor cycles.
constexpr uint64_t kCyclesPerLine = 4;
constexpr uint64_t kLinesPerWay = kSize / kWays / kLine;

}  // namespace

L2ccModel::L2ccModel(base::model::World& world, base::model::ClockSource& clock)
    : world_(world), clock_(clock), event_([this] { busy_ways_ = 0; }) {
  reset();
}

L2ccModel::~L2ccModel() {
  world_.disarm(event_);
}

void L2ccModel::reset() {
  world_.disarm(event_);
  words_.fill(0);
  words_[Regs::Acr::kOffset / 4] = kResetAuxiliary;
  words_[Regs::Trcr::kOffset / 4] = words_[Regs::Drcr::kOffset / 4] = 0x111;
  words_[Regs::Dcr::kOffset / 4] = 0x4;
  control_ = busy_ways_ = 0;
  line_operations_ = way_operations_ = errors_ = 0;
}

uint32_t L2ccModel::read_word(uint32_t offset) {
  switch (offset) {
    case Regs::Idr::kOffset:
      return kIdentity;
    case Regs::Typr::kOffset:
      return kType;
    case Regs::Cr::kOffset:
      return control_;
    case Regs::Csr::kOffset:
      return busy_ways_ != 0;
    case Regs::Iwr::kOffset:
    case Regs::Cwr::kOffset:
    case Regs::Ciwr::kOffset:
      return offset == busy_offset_ ? busy_ways_ : 0;
    case Regs::Acr::kOffset:
    case Regs::Trcr::kOffset:
    case Regs::Drcr::kOffset:
    case Regs::Ecr::kOffset:
    case Regs::Ecfgr1::kOffset:
    case Regs::Ecfgr0::kOffset:
    case Regs::Imr::kOffset:
    case Regs::Dlkr::kOffset:
    case Regs::Ilkr::kOffset:
    case Regs::Dcr::kOffset:
    case Regs::Pcr::kOffset:
    case Regs::Powcr::kOffset:
      return words_[offset / 4];
    default:
      return 0;
  }
}

void L2ccModel::write_word(uint32_t offset, uint32_t value) {
  switch (offset) {
    case Regs::Cr::kOffset:
      control_ = value & 1;
      return;
    case Regs::Csr::kOffset:
      return;
    case Regs::Ipalr::kOffset:
    case Regs::Cpalr::kOffset:
    case Regs::Cipalr::kOffset:
    case Regs::Cir::kOffset:
    case Regs::Ciir::kOffset:
      ++(busy_ways_ ? errors_ : line_operations_);
      return;
    case Regs::Iwr::kOffset:
    case Regs::Cwr::kOffset:
    case Regs::Ciwr::kOffset: {
      if (busy_ways_) {
        ++errors_;
        return;
      }
      const uint32_t ways = value & Regs::Iwr::kWays.kMask;
      if (!ways) return;
      ++way_operations_;
      busy_offset_ = offset;
      busy_ways_ = ways;
      const uint64_t cycles =
          static_cast<uint64_t>(std::popcount(ways)) * kLinesPerWay * kCyclesPerLine;
      world_.arm(event_, world_.now() + base::model::cycles_to_time(
                                            cycles, std::max<uint64_t>(clock_.hz(), 1)));
      return;
    }
    case Regs::Acr::kOffset:
    case Regs::Trcr::kOffset:
    case Regs::Drcr::kOffset:
      if (enabled())
        ++errors_;
      else
        words_[offset / 4] = value;
      return;
    case Regs::Ecr::kOffset:
      words_[offset / 4] = value & 1;
      return;
    case Regs::Ecfgr1::kOffset:
    case Regs::Ecfgr0::kOffset:
      words_[offset / 4] = value & 0x3f;
      return;
    case Regs::Imr::kOffset:
      words_[offset / 4] = value & 0x1ff;
      return;
    case Regs::Dlkr::kOffset:
    case Regs::Ilkr::kOffset:
      words_[offset / 4] = value & 0xff;
      return;
    case Regs::Dcr::kOffset:
      words_[offset / 4] = value & 0x7;
      return;
    case Regs::Pcr::kOffset:
      words_[offset / 4] = value & 0x79e0'001f;
      return;
    case Regs::Powcr::kOffset:
      words_[offset / 4] = value & 0x3;
      return;
    default:
      return;
  }
}

}  // namespace drivers::l2cc
