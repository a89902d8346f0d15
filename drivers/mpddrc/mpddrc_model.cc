#include "drivers/mpddrc/mpddrc_model.h"

#include <cmath>

#include "drivers/mpddrc/mpddrc_regs.h"

namespace drivers::mpddrc {
namespace {

using base::mmio::Value;

/// Which bits software may write, per word; what is not listed is not there.
uint32_t writable(uint32_t offset) {
  switch (offset) {
    case 0x00:
      return 0x0000'ff07;
    case 0x04:
      return 0x0001'0fff;
    case 0x08:
      return 0x00f3'ffff;
    case 0x0c:
      return 0xffff'ffff;
    case 0x10:
      return 0x0fff'ff7f;
    case 0x14:
      return 0x000f'ffff;
    case 0x1c:
      return 0x0311'7377;
    case 0x20:
      return 0x0000'0017;
    case 0x28:
    case 0x2c:
    case 0x30:
      return 0xffff'ffff;
    case 0x34:
      return 0x0000'7f17;
    case 0x38:
      return 0x0000'0001;
    case 0x44:
    case 0x48:
    case 0x4c:
    case 0x50:
      return 0xffff'ffff;
    case 0x5c:
      return 0x0000'0003;
    case 0x60:
      return 0x0000'0337;
    case 0x64:
    case 0x68:
    case 0x6c:
    case 0x70:
    case 0x74:
    case 0x78:
    case 0x7c:
    case 0x80:
      return 0xffff'ffff;
    default:
      return 0;
  }
}

}  // namespace

MpddrcModel::MpddrcModel(base::model::World& world, base::model::ClockSource& bus,
                         base::model::ClockSource& ddr, Ddr2Part part)
    : world_(world), bus_(bus), ddr_(ddr), chip_(part) {
  bus_.on_change([this] { update(); });
  ddr_.on_change([this] { update(); });
  reset();
}

void MpddrcModel::reset() {
  regs_ = {};
  regs_[Regs::Cr::kOffset / 4] = 0x0000'7024;
  regs_[Regs::Tpr0::kOffset / 4] = 0x2022'7225;
  regs_[Regs::Tpr1::kOffset / 4] = 0x03c8'0808;
  regs_[Regs::Tpr2::kOffset / 4] = 0x0004'2062;
  regs_[Regs::Md::kOffset / 4] = 0x13;
  regs_[Regs::IoCalibr::kOffset / 4] = 0x0087'0000;
  protected_ = normal_ = false;
  chip_.reset();
  update();
}

uint32_t MpddrcModel::load(uint32_t offset, unsigned width) {
  if (bus_.hz() == 0 || offset >= sizeof regs_) return 0;
  const uint32_t aligned = offset & ~3u;
  const uint32_t word = regs_[aligned / 4];
  if (aligned == Regs::Wpsr::kOffset) regs_[aligned / 4] = 0;
  const uint32_t value = word >> 8 * (offset & 3);
  return width == 4 ? value : value & ((1u << 8 * width) - 1);
}

void MpddrcModel::store(uint32_t offset, uint32_t value, unsigned width) {
  if (bus_.hz() == 0 || offset >= sizeof regs_ || width != 4) return;
  if (offset == Regs::Wpmr::kOffset) {
    if (value >> 8 != Regs::Wpmr::kPassword) return;
    protected_ = value & 1;
    regs_[offset / 4] = value & 1;
    return;
  }
  const uint32_t mask = writable(offset);
  if (mask == 0) return;
  if (protected_) {
    regs_[Regs::Wpsr::kOffset / 4] = 1 | offset << 8;
    return;
  }
  regs_[offset / 4] = (regs_[offset / 4] & ~mask) | (value & mask);
  if (offset == Regs::Mr::kOffset) normal_ = false;  // until a write acknowledges the new mode
  update();
}

unsigned MpddrcModel::bank_of(uint32_t offset) const {
  const Value<Regs::Cr> cr{reg(Regs::Cr::kOffset)};
  const Value<Regs::Md> md{reg(Regs::Md::kOffset)};
  unsigned lsb = 9 + cr.get(Regs::Cr::kColumns) + (md.has(Regs::Md::kSixteenBits) ? 1 : 2);
  if (!cr.has(Regs::Cr::kInterleaved)) lsb += 11 + cr.get(Regs::Cr::kRows);
  return offset >> lsb & (cr.has(Regs::Cr::kEightBanks) ? 7 : 3);
}

bool MpddrcModel::access(uint32_t offset, bool write) {
  if (bus_.hz() == 0 || ddr_.hz() == 0) return false;
  const uint32_t mode = reg(Regs::Mr::kOffset) & 7;
  if (mode == Regs::Mr::kNormal) {
    if (!chip_.initialised()) return false;
    if (write) normal_ = true;
    update();
    return true;
  }
  if (!write) return true;  // reads what the bus floats to
  const Value<Regs::Cr> cr{reg(Regs::Cr::kOffset)};
  const Ddr2Model::Mode bits{.bank = mode == Regs::Mr::kLoadMode ? 0 : bank_of(offset),
                             .dll_reset = cr.has(Regs::Cr::kResetDll),
                             .dll_disabled = cr.has(Regs::Cr::kDisableDll),
                             .ocd = cr.get(Regs::Cr::kOcd),
                             .cas_latency = cr.get(Regs::Cr::kCasLatency)};
  using Command = Ddr2Model::Command;
  const auto send = [&](Command command) { chip_.command(command, bits, world_.now(), ddr_.hz()); };
  if (mode == Regs::Mr::kNop) send(Command::kNop);
  if (mode == Regs::Mr::kPrechargeAll) send(Command::kPrechargeAll);
  if (mode == Regs::Mr::kRefresh) send(Command::kRefresh);
  if (mode == Regs::Mr::kLoadMode || mode == Regs::Mr::kLoadExtendedMode) send(Command::kLoadMode);
  update();
  return true;
}

std::string MpddrcModel::configuration_problem() const {
  const Ddr2Part& part = chip_.part();
  const Value<Regs::Md> md{reg(Regs::Md::kOffset)};
  const Value<Regs::Cr> cr{reg(Regs::Cr::kOffset)};
  if (md.get(Regs::Md::kType) != Regs::Md::kDdr2) return "MD: the memory is a DDR2";
  if (md.has(Regs::Md::kSixteenBits) != (part.width == 16)) return "MD: wrong data bus width";
  if (9 + cr.get(Regs::Cr::kColumns) != part.columns) return "CR: wrong number of columns";
  if (11 + cr.get(Regs::Cr::kRows) != part.rows) return "CR: wrong number of rows";
  if (cr.has(Regs::Cr::kEightBanks) != (part.banks == 8)) return "CR: wrong number of banks";

  const double cycle = 1e9 / static_cast<double>(ddr_.hz());
  const Value<Regs::Tpr0> t0{reg(Regs::Tpr0::kOffset)};
  const Value<Regs::Tpr1> t1{reg(Regs::Tpr1::kOffset)};
  const Value<Regs::Tpr2> t2{reg(Regs::Tpr2::kOffset)};
  const struct {
    const char* name;
    uint32_t cycles;
    double nanoseconds;
  } kTimings[] = {
      {"tRAS", t0.get(Regs::Tpr0::kRas), part.ras},
      {"tRCD", t0.get(Regs::Tpr0::kRcd), part.rcd},
      {"tWR", t0.get(Regs::Tpr0::kWr), part.wr},
      {"tRC", t0.get(Regs::Tpr0::kRc), part.rc},
      {"tRP", t0.get(Regs::Tpr0::kRp), part.rp},
      {"tRRD", t0.get(Regs::Tpr0::kRrd), part.rrd},
      {"tWTR", t0.get(Regs::Tpr0::kWtr), part.wtr},
      {"tMRD", t0.get(Regs::Tpr0::kMrd), part.mrd_cycles * cycle},
      {"tRFC", t1.get(Regs::Tpr1::kRfc), part.rfc},
      {"tXSNR", t1.get(Regs::Tpr1::kXsnr), part.rfc + 10},
      {"tXSRD", t1.get(Regs::Tpr1::kXsrd), part.xsrd_cycles * cycle},
      {"tXP", t1.get(Regs::Tpr1::kXp), part.xp_cycles * cycle},
      {"tRPA", t2.get(Regs::Tpr2::kRpa), part.rp + cycle},
      {"tRTP", t2.get(Regs::Tpr2::kRtp), part.rtp},
      {"tFAW", t2.get(Regs::Tpr2::kFaw), part.faw},
  };
  for (const auto& timing : kTimings)
    if (timing.cycles * cycle < timing.nanoseconds - 0.001)
      return std::string("TPR: ") + timing.name + " of " + std::to_string(timing.cycles) +
             " cycles is too short";

  const uint32_t count = reg(Regs::Rtr::kOffset) & 0xfff;
  if (count == 0) return "RTR: the refresh timer is off";
  if (count * cycle > part.refresh_interval) return "RTR: refreshes are too rare";
  return "";
}

std::string MpddrcModel::reason() const {
  if (bus_.hz() == 0) return "MPDDRC: its clock (PID 13) is off";
  if (ddr_.hz() == 0) return "MPDDRC: the DDR clock (DDRCK) is off";
  if (!chip_.initialised()) return chip_.reason();
  if ((reg(Regs::Mr::kOffset) & 7) != Regs::Mr::kNormal || !normal_)
    return "MPDDRC: normal mode was not entered and acknowledged by a write";
  const std::string problem = configuration_problem();
  return problem.empty() ? "" : "MPDDRC_" + problem;
}

void MpddrcModel::update() {
  const bool ready = reason().empty();
  if (ready == ready_) return;
  ready_ = ready;
  if (listener_) listener_(ready);
}

}  // namespace drivers::mpddrc
