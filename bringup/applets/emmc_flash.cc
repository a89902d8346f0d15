// Applet: writes, reads, sums and erases the e.MMC. Operations: bringup/applets/flash.h. Operation
// 0 comes first; its state lives on in SRAM for the calls that follow.
#include <memory>
#include <new>

#include "base/modules.h"
#include "bringup/applets/flash.h"
#include "bringup/applets/machine.h"
#include "drivers/pio/pio.h"

namespace bringup::applets {
namespace {

using base::mmio::Block, base::mmio::Region;
using namespace drivers::sdmmc;  // the whole applet is about it

constexpr uint8_t kModule = base::module_number("bringup/applets/emmc_flash.cc");
constexpr unsigned kGenericDivider = 2;
constexpr uint32_t kGenericHz = drivers::pmc::Pmc::kCpuHz / kGenericDivider;  // PLLA, halved

alignas(8) Descriptor descriptors[32];
alignas(32) std::byte scratch[32 * 1024];

struct ChipMemory final : Memory {
  std::span<std::byte> view(uint32_t address, uint32_t size) override {
    const auto inside = [&](uint32_t base, uint32_t length) {
      return address >= base && size <= length && address - base <= length - size;
    };
    if (size == 0 || (!inside(kRamBase, kRamSize) && !inside(kSramBase, kSramSize))) return {};
    return {reinterpret_cast<std::byte*>(address), size};
  }
};

struct Flasher {
  static uint32_t bus_address(const void* pointer) { return reinterpret_cast<uint32_t>(pointer); }

  Machine machine;
  Sdmmc host{Block<Regs>(Region(kSdmmcBase)), machine.clock(), kGenericHz};
  Emmc card{
      host, machine.clock(), {.descriptors = descriptors, .address = bus_address(descriptors)}};
  ChipMemory memory;
  Flash flash{card, memory, {.address = bus_address(scratch), .size = sizeof scratch}};
};

// Not a global object: its constructor touches hardware, and there is nobody to run it before us.
alignas(Flasher) std::byte flasher_room[sizeof(Flasher)];
Flasher* flasher;

/// The card's clock PA0, CMD PA1, DAT0 to DAT7 PA2 to PA9, RST_n PA10: all function A.
base::Result<void> mux_pins() {
  using drivers::pio::Bank, drivers::pio::Pull;
  drivers::pio::Pio pio{Block<drivers::pio::Regs>(Region(kPioBase))};
  for (uint8_t line = 0; line <= 10; ++line)
    TRY(pio.mux({Bank::kA, line}, drivers::pio::Pio::Function::kA,
                line == 0 ? Pull::kNone : Pull::kUp));
  return {};
}

base::Result<void> start_hardware(Flasher& self) {
  TRY(self.machine.start_clocks());
  self.machine.pmc().enable(kPioId);
  TRY(mux_pins());
  self.machine.pmc().enable(kSdmmcId);
  TRY(self.machine.pmc().enable_generic(kSdmmcId, drivers::pmc::Regs::Pcr::Generic::kPlla,
                                        kGenericDivider));
  return {};
}

}  // namespace

extern "C" void applet(const Call* call, Answer* answer) {
  if (call->operation == static_cast<uint32_t>(FlashOperation::kInit)) {
    flasher = new (flasher_room) Flasher;
    if (const auto started = start_hardware(*flasher); !started) {
      *answer = {.error = started.error()};
      return;
    }
  } else if (!flasher) {
    *answer = {.error = FAIL(kNotFound)};
    return;
  }
  *answer = flasher->flash.call(*call);
}

}  // namespace bringup::applets
