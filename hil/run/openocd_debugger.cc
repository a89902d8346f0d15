#include "hil/run/openocd_debugger.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "hil/flash/flash.h"

namespace hil::run {

using probes::Failure;
using probes::Outcome;
using probes::openocd::OpenOcd;

Outcome<OpenOcd*> OpenOcdDebugger::open() {
  if (!openocd_) {
    openocd_ = TRY(OpenOcd::start(options_.config));
    changed_ = false;
  } else if (!openocd_->alive()) {
    TRY(openocd_->restart());
    changed_ = false;
  }
  return openocd_.get();
}

Outcome<OpenOcd*> OpenOcdDebugger::attach() {
  OpenOcd* openocd = TRY(open());
  if (!changed_) return openocd;
  // A core that was halted keeps its cached registers in OpenOCD across a power cycle, examined or
  // not, and a later resume writes them into the new life of the board. Only a fresh process
  // forgets.
  TRY(openocd->restart());
  changed_ = false;
  return openocd;
}

Outcome<void> OpenOcdDebugger::halt() {
  return TRY(attach())->halt();
}

Outcome<void> OpenOcdDebugger::resume() {
  return TRY(attach())->resume();
}

Outcome<std::vector<uint32_t>> OpenOcdDebugger::read(uint32_t address, unsigned count,
                                                     unsigned width) {
  OpenOcd* openocd = TRY(attach());
  if (width == 32) return openocd->read_words(address, count);
  const size_t bytes = width / 8;
  const std::vector<std::byte> memory = TRY(openocd->read_memory(address, count * bytes));
  std::vector<uint32_t> values;
  for (size_t i = 0; i < memory.size(); i += bytes) {
    uint32_t value = 0;
    for (size_t j = bytes; j-- > 0;) value = value << 8 | std::to_integer<uint32_t>(memory[i + j]);
    values.push_back(value);
  }
  return values;
}

Outcome<void> OpenOcdDebugger::write(uint32_t address, const std::vector<uint32_t>& values,
                                     unsigned width) {
  OpenOcd* openocd = TRY(attach());
  if (width == 32) return openocd->write_words(address, values);
  std::vector<std::byte> memory;
  for (const uint32_t value : values)
    for (unsigned shift = 0; shift < width; shift += 8)
      memory.push_back(static_cast<std::byte>(value >> shift));
  return openocd->write_memory(address, memory);
}

Outcome<bool> OpenOcdDebugger::verify(const std::filesystem::path& file, uint32_t address) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return Failure{file.string() + " cannot be read"};
  const std::string wanted((std::istreambuf_iterator<char>(stream)), {});
  const std::vector<std::byte> memory = TRY(TRY(attach())->read_memory(address, wanted.size()));
  return memory.size() == wanted.size() &&
         std::equal(memory.begin(), memory.end(), wanted.begin(),
                    [](std::byte a, char b) { return a == static_cast<std::byte>(b); });
}

Outcome<uint32_t> OpenOcdDebugger::register_value(std::string_view name) {
  return TRY(attach())->reg(name);
}

Outcome<FlashFigures> OpenOcdDebugger::flash(const std::filesystem::path& image,
                                             const Progress& progress) {
  const flash::Applets applets{options_.applets / options_.ddr_applet,
                               options_.applets / options_.flash_applet};
  for (const auto& applet : {applets.ddr_init, applets.emmc_flash})
    if (std::error_code error; !std::filesystem::is_regular_file(applet, error))
      return Failure{"no applet " + applet.string() + "; build it: ./rig build device"};
  const std::vector<std::byte> bytes = TRY(flash::read_image(image));
  if (power_) TRY(power_->on());
  const auto report = TRY(flash::flash(*TRY(open()), time_, applets, bytes, progress));
  return FlashFigures{.bytes = report.bytes,
                      .write_seconds = report.write_seconds,
                      .verify_seconds = report.verify_seconds,
                      .write_kib_s = report.write_kib_s,
                      .verify_kib_s = report.verify_kib_s};
}

Outcome<void> OpenOcdDebugger::pulse() {
  changed_ = true;
  return TRY(open())->reset_run();
}

}  // namespace hil::run
