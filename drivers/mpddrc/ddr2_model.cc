#include "drivers/mpddrc/ddr2_model.h"

#include <utility>

namespace drivers::mpddrc {

using base::model::kMicrosecond, base::model::kNanosecond, base::model::Time;

void Ddr2Model::reset() {
  step_ = Step::kPowered;
  not_before_ = last_ = dll_reset_at_ = 0;
  failure_.clear();
}

std::string Ddr2Model::reason() const {
  if (initialised()) return "";
  if (!failure_.empty()) return "DDR2: " + failure_;
  return std::string("DDR2: waiting for ") + wanted();
}

const char* Ddr2Model::wanted() const {
  switch (step_) {
    case Step::kPowered:
      return "NOP (clocks on)";
    case Step::kClocked:
      return "NOP (CKE high)";
    case Step::kEnabled:
      return "precharge all";
    case Step::kPrecharged:
      return "EMRS2";
    case Step::kMode2:
      return "EMRS3";
    case Step::kMode3:
      return "EMRS1 with the DLL enabled";
    case Step::kMode1:
      return "MRS with DLL reset";
    case Step::kDllReset:
      return "precharge all, after the DLL reset";
    case Step::kPrechargedAgain:
      return "the first refresh";
    case Step::kRefreshed:
      return "the second refresh";
    case Step::kRefreshedTwice:
      return "MRS without DLL reset";
    case Step::kModeSet:
      return "EMRS1 with OCD default";
    case Step::kOcdDefault:
      return "EMRS1 with OCD exit";
    case Step::kDone:
      break;
  }
  return "nothing";
}

void Ddr2Model::fail(std::string why) {
  if (failure_.empty()) failure_ = std::move(why);
}

void Ddr2Model::step(Step next) {
  step_ = next;
  last_ = now_;
}

void Ddr2Model::command(Command command, Mode mode, Time now, uint64_t hz) {
  now_ = now;
  hz_ = hz;
  if (initialised()) return;  // a working chip takes these in its stride
  if (!failure_.empty()) {
    if (command != Command::kNop) return;
    reset();  // software starts over
  }
  if (now < not_before_) return fail("a command too soon after the last one");
  const Time cycle = base::model::cycles_to_time(1, hz);
  const auto after = [&](double nanoseconds) {
    not_before_ = now + static_cast<Time>(nanoseconds * static_cast<double>(kNanosecond));
  };
  switch (command) {
    case Command::kNop:
      if (step_ == Step::kPowered) return step(Step::kClocked);
      if (step_ != Step::kClocked) return;
      if (now - last_ < 200 * kMicrosecond)
        return fail("CKE high " + std::to_string((now - last_) / kMicrosecond) +
                    " us after the clock, 200 us are needed");
      return step(Step::kEnabled);
    case Command::kPrechargeAll:
      after(part_.rp + static_cast<double>(cycle) / static_cast<double>(kNanosecond));
      if (step_ == Step::kEnabled) {
        if (now - last_ < 400 * kNanosecond) return fail("precharge within 400 ns of CKE");
        return step(Step::kPrecharged);
      }
      if (step_ == Step::kDllReset) return step(Step::kPrechargedAgain);
      return fail(std::string("precharge all in place of ") + wanted());
    case Command::kRefresh:
      after(part_.rfc);
      if (step_ == Step::kPrechargedAgain) return step(Step::kRefreshed);
      if (step_ == Step::kRefreshed) return step(Step::kRefreshedTwice);
      if (step_ == Step::kRefreshedTwice) return;  // more of them do no harm
      return fail(std::string("refresh in place of ") + wanted());
    case Command::kLoadMode:
      not_before_ = now + part_.mrd_cycles * cycle;
      return load_mode(mode);
  }
}

void Ddr2Model::load_mode(Mode mode) {
  const unsigned bank = mode.bank & 3;
  if (step_ == Step::kPrecharged && bank == 2) return step(Step::kMode2);
  if (step_ == Step::kMode2 && bank == 3) return step(Step::kMode3);
  if (step_ == Step::kMode3 && bank == 1 && !mode.dll_disabled) return step(Step::kMode1);
  if (step_ == Step::kMode1 && bank == 0 && mode.dll_reset) {
    dll_reset_at_ = now_;
    return step(Step::kDllReset);
  }
  if (step_ == Step::kRefreshedTwice && bank == 0 && !mode.dll_reset) {
    if (mode.cas_latency < part_.cas_latency) return fail("CAS latency too small");
    return step(Step::kModeSet);
  }
  if (step_ == Step::kModeSet && bank == 1 && mode.ocd == 7) {
    if (now_ - dll_reset_at_ < base::model::cycles_to_time(200, hz_))
      return fail("EMRS1 with OCD default within 200 cycles of the DLL reset");
    return step(Step::kOcdDefault);
  }
  if (step_ == Step::kOcdDefault && bank == 1 && mode.ocd == 0) return step(Step::kDone);
  static constexpr const char* kNames[] = {"MRS", "EMRS1", "EMRS2", "EMRS3"};
  fail(std::string(kNames[bank]) + " in place of " + wanted());
}

}  // namespace drivers::mpddrc
