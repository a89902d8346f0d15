#include "hil/flash/applet.h"

#include <cstdio>
#include <cstring>
#include <fstream>

#include "base/modules.h"

namespace hil::flash {
namespace {

using probes::BoardTime;
using probes::Failure;
using probes::Milliseconds;
using probes::Outcome;

constexpr uint32_t kSupervisorMasked = 0x1d3;  // CPSR: no interrupts, no asynchronous aborts
constexpr uint32_t kBkpt = 0xe1200070, kBkptMask = 0xfff000f0;

std::string hex(uint32_t value) {
  char text[11];
  std::snprintf(text, sizeof text, "0x%08x", value);
  return text;
}

std::string_view code_words(base::Code code) {
  switch (code) {
    case base::Code::kInvalid:
      return "refused as invalid";
    case base::Code::kDenied:
      return "refused: write-protected";
    case base::Code::kNotFound:
      return "nothing there";
    case base::Code::kBusy:
      return "busy";
    case base::Code::kTimeout:
      return "timed out";
    case base::Code::kNoMemory:
      return "out of memory";
    case base::Code::kDataLoss:
      return "data lost: damaged on its way, or the medium does not hold it";
    case base::Code::kInternal:
      return "an internal error";
  }
  return "an unknown error";
}

Outcome<uint32_t> entry_of(const std::filesystem::path& elf) {
  std::ifstream in(elf, std::ios::binary);
  std::array<unsigned char, 52> header{};
  if (!in.read(reinterpret_cast<char*>(header.data()), header.size()))
    return Failure{"there is no applet " + elf.string() + ": build the device's targets first"};
  constexpr unsigned char kElf32Little[] = {0x7f, 'E', 'L', 'F', 1, 1};
  constexpr unsigned char kArm = 40;
  if (std::memcmp(header.data(), kElf32Little, sizeof kElf32Little) != 0 || header[18] != kArm)
    return Failure{elf.string() + " is no 32-bit ARM program"};
  uint32_t entry = 0;
  std::memcpy(&entry, &header[24], sizeof entry);
  return entry;
}

}  // namespace

std::string describe(base::Error error) {
  std::string file = "module " + std::to_string(error.module());
  for (const base::ModuleName& module : base::kModules)
    if (module.number == error.module()) file = module.file;
  return std::string(code_words(error.code())) + " (" + file + ":" + std::to_string(error.line()) +
         ")";
}

Outcome<Applet> Applet::load(probes::openocd::OpenOcd& openocd, probes::TimeGrant& time,
                             const std::filesystem::path& elf) {
  const uint32_t entry = TRY(entry_of(elf));
  TRY(openocd.load(elf));
  return Applet(openocd, time, elf.stem().string(), entry);
}

// The core did not stop by itself: stop it, and say where it was.
Failure Applet::stuck(Milliseconds limit, const std::string& why) {
  std::string what =
      "the applet " + name_ + " did not end within " + std::to_string(limit.count()) + " ms";
  if (!openocd_.alive()) return Failure{why};
  if (openocd_.halt()) {
    const auto pc = openocd_.reg("pc"), cpsr = openocd_.reg("cpsr");
    if (pc && cpsr) what += "; it was at pc " + hex(*pc) + ", cpsr " + hex(*cpsr);
  } else {
    what += " and cannot be stopped: " + why;
  }
  if (const auto taken_back = time_.grant(BoardTime(0)); !taken_back)
    what += "; " + taken_back.error().what;
  return Failure{what};
}

Outcome<Applet::Answer> Applet::call(const Registers& arguments, Milliseconds limit) {
  for (unsigned n = 0; n < arguments.size(); n++)
    TRY(openocd_.set_reg("r" + std::to_string(n), arguments[n]));
  TRY(openocd_.set_reg("cpsr", kSupervisorMasked));
  // Board time beyond any honest run: a halted core lets none pass, and the wall clock ends a
  // dishonest one.
  TRY(time_.grant(std::chrono::duration_cast<BoardTime>(10 * limit)));
  TRY(openocd_.resume(entry_));
  if (const auto halted = openocd_.wait_halted(limit); !halted)
    return stuck(limit, halted.error().what);
  TRY(time_.grant(BoardTime(0)));

  // A core that stands still proves nothing: it must stand at the applet's last instruction.
  const uint32_t pc = TRY(openocd_.reg("pc"));
  const auto instruction = openocd_.read_words(pc & ~3u, 1);
  if (!instruction || (instruction->front() & kBkptMask) != kBkpt)
    return Failure{"the applet " + name_ + " stopped at pc " + hex(pc) + ", which is not its end"};
  Answer answer{.error = {.word = TRY(openocd_.reg("r0"))}, .values = {}};
  for (unsigned n = 0; n < answer.values.size(); n++)
    answer.values[n] = TRY(openocd_.reg("r" + std::to_string(n + 1)));
  return answer;
}

Outcome<std::array<uint32_t, 3>> Applet::must(const Registers& arguments, Milliseconds limit,
                                              std::string_view doing) {
  const Answer answer = TRY(call(arguments, limit));
  if (answer.error.word != 0)
    return Failure{std::string(doing) + " failed: " + describe(answer.error)};
  return answer.values;
}

}  // namespace hil::flash
