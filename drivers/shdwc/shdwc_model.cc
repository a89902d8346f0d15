#include "drivers/shdwc/shdwc_model.h"

#include <algorithm>

#include "drivers/shdwc/shdwc_regs.h"

namespace drivers::shdwc {

ShdwcModel::ShdwcModel(base::model::World& world, base::model::ClockSource& slow,
                       base::model::Line& shutdown)
    : world_(world), slow_(slow), shutdown_(shutdown), event_([this] { shutdown_.set(true); }) {
  power_on();
}

ShdwcModel::~ShdwcModel() {
  world_.disarm(event_);
}

void ShdwcModel::power_on() {
  world_.disarm(event_);
  mode_ = status_ = inputs_ = 0;
  shutdown_.set(false);
}

void ShdwcModel::wake_up(Source source) {
  if (!shutdown_.level()) return;
  if (source == Source::kRtc && !(mode_ & Regs::Mr::kRtcWakeUp.kMask)) return;
  status_ |= source == Source::kRtc ? Regs::Sr::kRtc.kMask : Regs::Sr::kPin.kMask;
  shutdown_.set(false);
}

uint32_t ShdwcModel::read_word(uint32_t offset) {
  switch (offset) {
    case Regs::Mr::kOffset:
      return mode_;
    case Regs::Sr::kOffset: {
      const uint32_t status = status_;
      status_ = 0;
      return status;
    }
    case Regs::Wuir::kOffset:
      return inputs_;
    default:
      return 0;
  }
}

void ShdwcModel::write_word(uint32_t offset, uint32_t value) {
  switch (offset) {
    case Regs::Cr::kOffset: {
      const base::mmio::Value<Regs::Cr> cr{value};
      if (cr.get(Regs::Cr::kKey) == Regs::Cr::kPassword && cr.has(Regs::Cr::kShutDown))
        world_.arm(event_, world_.now() +
                               base::model::cycles_to_time(2, std::max<uint64_t>(slow_.hz(), 1)));
      break;
    }
    case Regs::Mr::kOffset:
      mode_ = value & 0x070b'0000;
      break;
    case Regs::Wuir::kOffset:
      inputs_ = value & 0x03ff'03ff;
      break;
    default:
      break;
  }
}

}  // namespace drivers::shdwc
