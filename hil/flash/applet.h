// Running a program of bringup/applets in a board's SRAM through the debugger, and asking it
// things.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "probes/failure.h"
#include "probes/openocd/openocd.h"
#include "probes/time_grant.h"

namespace hil::flash {

/// r0 to r3 of a call: the operation and its arguments (bringup/applets/applet.h).
using Registers = std::array<uint32_t, 4>;

/// An error word in words: "timed out (drivers/sdmmc/sdmmc.cc:120)".
std::string describe(base::Error error);

class Applet {
 public:
  /// Loads `elf` into the halted core's SRAM. `openocd` and `time` must outlive the applet. Fails
  /// if the file is no 32-bit ARM program.
  static probes::Outcome<Applet> load(probes::openocd::OpenOcd& openocd, probes::TimeGrant& time,
                                      const std::filesystem::path& elf);

  struct Answer {
    base::Error error;
    std::array<uint32_t, 3> values;  ///< r1 to r3
  };
  /// Runs one operation to its end and yields what the applet says of it. A failure means that it
  /// did not come to its end: the core did not stop within `limit`, or not at the applet's BKPT.
  probes::Outcome<Answer> call(const Registers& arguments, probes::Milliseconds limit);
  /// The same, where an error of the applet is a failure: "`doing` failed: timed out (...)".
  probes::Outcome<std::array<uint32_t, 3>> must(const Registers& arguments,
                                                probes::Milliseconds limit, std::string_view doing);

 private:
  Applet(probes::openocd::OpenOcd& openocd, probes::TimeGrant& time, std::string name,
         uint32_t entry)
      : openocd_(openocd), time_(time), name_(std::move(name)), entry_(entry) {}
  probes::Failure stuck(probes::Milliseconds limit, const std::string& why);

  probes::openocd::OpenOcd& openocd_;
  probes::TimeGrant& time_;
  std::string name_;
  uint32_t entry_;
};

}  // namespace hil::flash
