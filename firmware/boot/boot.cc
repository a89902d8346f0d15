// The bootstrap: from the ROM's jump to the kernel's first instruction.
//
//   1. clocks, pins, console          (MMU off from here to 4)
//   2. DDR memory, its encryption, random bits for the kernel
//   3. card: partition table, header, image into RAM by DMA
//   4. MMU and caches on: the signature over the whole image
//   5. caches clean and off, MMU off, jump
//
// Whatever goes wrong ends in one line on the console and a stop; the debugger still gets in.
#include <algorithm>

#include "base/modules.h"
#include "drivers/aesb/aesb.h"
#include "drivers/mpddrc/mpddrc.h"
#include "drivers/pio/pio.h"
#include "drivers/pit/pit.h"
#include "drivers/pmc/pmc.h"
#include "drivers/rstc/rstc.h"
#include "drivers/sdmmc/emmc.h"
#include "drivers/sfr/sfr.h"
#include "drivers/trng/trng.h"
#include "drivers/uart/uart.h"
#include "drivers/wdt/wdt.h"
#include "firmware/boot/chip.h"
#include "firmware/boot/load.h"
#include "firmware/boot/memory_map.h"
#include "firmware/boot/trusted_keys.h"

extern "C" {
void boot_caches_on(const void* table);
[[noreturn]] void boot_jump(uint32_t entry, const void* argument);
[[noreturn]] void boot_stop();
}

namespace firmware::boot {
namespace {

using base::mmio::Block, base::mmio::Region;
using drivers::pmc::Pmc;

constexpr uint8_t kModule = base::module_number("firmware/boot/boot.cc");
constexpr std::string_view kVersion = "0.1";
constexpr uint32_t kRcHz = 12'000'000;  // what the ROM leaves
constexpr uint32_t kBaud = 115'200;
constexpr unsigned kCardDivider = 2;
constexpr uint32_t kCardHz = Pmc::kCpuHz / kCardDivider;  // of PLLA

alignas(8) drivers::sdmmc::Descriptor descriptors[64];  // 64 KiB each
alignas(64) std::array<std::byte, kBlockSize> scratch;
kernel::abi::BootInfo boot_info;

uint32_t address_of(const void* pointer) {
  return reinterpret_cast<uint32_t>(pointer);
}

class SerialConsole final : public Console {
 public:
  explicit SerialConsole(base::Clock& clock)
      : uart_(Block<drivers::uart::Regs>(Region(kUart1Base)), clock) {}
  // A console that does not get on must not keep the device from starting.
  void print(std::string_view line) override {
    (void)uart_.write(line);
    (void)uart_.write("\r\n");
  }
  void drain() { (void)uart_.drain(); }

 private:
  drivers::uart::PolledUart uart_;
};

/// The e.MMC, read by DMA. The data cache is off.
class EmmcCard final : public Card {
 public:
  explicit EmmcCard(base::Clock& clock)
      : host_(Block<drivers::sdmmc::Regs>(Region(kSdmmcBase)), clock, kCardHz),
        emmc_(host_, clock, {.descriptors = descriptors, .address = address_of(descriptors)}) {}

  base::Result<void> start() { return emmc_.start(); }
  uint32_t blocks() const override { return emmc_.info().blocks; }
  base::Result<void> read(uint32_t block, std::span<std::byte> out) override {
    constexpr uint32_t kPiece = 4096;  // blocks: 2 MiB, within the descriptors
    const auto count = static_cast<uint32_t>(out.size() / kBlockSize);
    for (uint32_t done = 0; done < count; done += kPiece)
      TRY(emmc_.read_dma(block + done, address_of(out.data()) + done * kBlockSize,
                         std::min(kPiece, count - done)));
    return {};
  }

 private:
  drivers::sdmmc::Sdmmc host_;
  drivers::sdmmc::Emmc emmc_;
};

base::Result<void> start_clocks(drivers::pit::PitClock& clock) {
  Pmc pmc(Block<drivers::pmc::Regs>(Region(kPmcBase)), clock);
  TRY(pmc.start_all());
  clock.retune(Pmc::kH32mxHz);
  pmc.enable_ddr();
  // TC0 is a process's; nobody but the boot chain may turn its clock on.
  for (unsigned peripheral : {kAesbId, kMpddrcId, kPioId, kUart1Id, kSdmmcId, kTc0Id, kTrngId})
    pmc.enable(peripheral);
  return pmc.enable_generic(kSdmmcId, drivers::pmc::Regs::Pcr::Generic::kPlla, kCardDivider);
}

base::Result<void> start_pins() {
  using drivers::pio::Bank, drivers::pio::Pio, drivers::pio::Pull;
  Pio pio{Block<drivers::pio::Regs>(Region(kPioBase))};
  constexpr uint8_t kReceive = 2, kTransmit = 3;  // UART1 on port D
  TRY(pio.mux({Bank::kD, kReceive}, Pio::Function::kA, Pull::kUp));
  TRY(pio.mux({Bank::kD, kTransmit}, Pio::Function::kA));
  constexpr uint8_t kCardClock = 0, kLastCardLine = 10;  // SDMMC0 on port A: CK, CMD, DAT0-7, RSTN
  TRY(pio.mux({Bank::kA, kCardClock}, Pio::Function::kA));
  for (uint8_t line = kCardClock + 1; line <= kLastCardLine; ++line)
    TRY(pio.mux({Bank::kA, line}, Pio::Function::kA, Pull::kUp));
  return {};
}

base::Result<void> start_memory(base::Clock& clock) {
  const Region ram(kRamBase);
  drivers::mpddrc::Mpddrc controller(Block<drivers::mpddrc::Regs>(Region(kMpddrcBase)), ram, clock);
  TRY(controller.start(drivers::mpddrc::kW971gg6sb, Pmc::kMckHz));
  // Each address line for itself: memory that is absent or smaller shows.
  const auto mark = [](uint32_t at) { return (at + 1) * 0x9e37'79b1u; };
  ram.store<uint32_t>(0, mark(0));
  for (uint32_t at = 4; at < kRamSize; at <<= 1) ram.store<uint32_t>(at, mark(at));
  if (ram.load<uint32_t>(0) != mark(0)) return FAIL(kDataLoss);
  for (uint32_t at = 4; at < kRamSize; at <<= 1)
    if (ram.load<uint32_t>(at) != mark(at)) return FAIL(kDataLoss);
  return {};
}

/// Keys the memory encryption, with a key that nobody will ever read, and draws the kernel's seed.
base::Result<void> start_secrets(base::Clock& clock) {
  drivers::trng::Trng random(Block<drivers::trng::Regs>(Region(kTrngBase)), clock);
  std::array<uint32_t, 8> secrets;
  TRY(random.fill(secrets));
  drivers::aesb::Aesb(Block<drivers::aesb::Regs>(Region(kAesbBase)))
      .protect(std::span(secrets).first<4>(), std::span(secrets).last<4>());
  for (volatile uint32_t& word : secrets) word = 0;
  return random.fill(boot_info.seed);
}

/// Goes on only when the step succeeded.
void need(const base::Result<void>& step, std::string_view what, SerialConsole& console) {
  if (step) return;
  Line line;
  line << "boot: STOPPED: " << what << ", error ";
  console.print(line.hex(step.error().word).text());
  console.drain();
  boot_stop();
}

[[noreturn]] void boot() {
  drivers::wdt::Wdt(Block<drivers::wdt::Regs>(Region(kWdtBase))).disable();
  drivers::pit::PitClock clock(Block<drivers::pit::Regs>(Region(kPitBase)), kRcHz);
  SerialConsole console(clock);

  // Until pins and baud rate are set nobody can hear us: stop without a word.
  const auto clocks = start_clocks(clock);
  if (!clocks || !start_pins()) boot_stop();
  if (!drivers::uart::configure(Block<drivers::uart::Regs>(Region(kUart1Base)), Pmc::kH32mxHz,
                                kBaud))
    boot_stop();

  Line hello;
  hello << "boot: Touchstone bootstrap " << kVersion;
  if (kPolicy == Policy::kDevelopment) hello << ", DEVELOPMENT: trusts keys that everybody has";
  console.print(hello.text());
  Line rates;
  rates << "boot: clocks " << Pmc::kCpuHz / 1'000'000 << "/" << Pmc::kMckHz / 1'000'000 << " MHz";
  console.print(rates.text());
  need(drivers::sfr::Sfr(Block<drivers::sfr::Regs>(Region(kSfrBase))).redirect_interrupts(),
       "interrupts stay with the secure controller", console);
  need(start_memory(clock), "DDR memory does not work", console);
  Line memory;
  memory << "boot: DDR " << (kRamSize >> 20) << " MiB";
  console.print(memory.text());

  need(start_secrets(clock), "no random bits", console);
  console.print("boot: memory encryption has a fresh key");

  std::optional<Loaded> loaded;
  {
    EmmcCard card(clock);
    need(card.start(), "no e.MMC answers", console);
    const std::span ram(reinterpret_cast<std::byte*>(kRamBase), kRamSize);
    loaded = load(card, {.bytes = ram, .address = kRamBase}, scratch, console);
  }
  if (!loaded) {
    console.drain();
    boot_stop();
  }

  const drivers::rstc::Rstc reset(Block<drivers::rstc::Regs>(Region(kRstcBase)), clock);
  boot_info = {.image = loaded->header.load_address,
               .memory = kRamBase,
               .memory_size = kRamSize,
               .reset_cause = static_cast<uint32_t>(reset.last_reset()),
               .encrypted_alias = drivers::aesb::kAliasDistance,
               .seed = boot_info.seed};
  boot_caches_on(build_memory_map());
  const Judgement judgement = judge_loaded(*loaded, kTrustedKeys, kPolicy, console);
  if (judgement.verdict == Verdict::kApproved) {
    console.print("boot: jumping to kernel");
    console.drain();
    boot_jump(judgement.entry, &boot_info);
  }
  console.drain();
  boot_stop();
}

}  // namespace

extern "C" [[noreturn]] void boot_main() {
  boot();
}

/// From the vectors, after which nothing is what it was: tells and stops. `kind` indexes the names.
extern "C" void boot_exception(uint32_t kind, uint32_t pc, uint32_t status, uint32_t address) {
  constexpr std::string_view kNames[] = {"undefined instruction", "supervisor call",
                                         "prefetch abort", "data abort"};
  drivers::pit::PitClock clock(Block<drivers::pit::Regs>(Region(kPitBase)), Pmc::kH32mxHz);
  SerialConsole console(clock);
  Line line;
  line << "boot: STOPPED: " << kNames[kind & 3] << ", pc ";
  line.hex(pc);
  if (kind == 3) (line << ", status ").hex(status) << ", address ", line.hex(address);
  console.print(line.text());
  console.drain();
}

}  // namespace firmware::boot
