#include "firmware/boot/memory_map.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "firmware/boot/chip.h"

// Where the linker script put things; only the addresses mean anything.
extern "C" const std::byte __text_end[], __stack_guard[];

namespace firmware::boot {
namespace {

// ARMv7-A short descriptors ("ARM Architecture Reference Manual", B3.5). Access by privileged code
// only.
constexpr uint32_t kSection = 2, kSectionXn = 1 << 4, kSectionPrivileged = 1 << 10;
constexpr uint32_t kSectionDevice = 1 << 2;                     // shareable device
constexpr uint32_t kSectionCached = 1 << 12 | 1 << 3 | 1 << 2;  // write-back, write-allocate
constexpr uint32_t kTable = 1;
constexpr uint32_t kPage = 2, kPageXn = 1, kPagePrivileged = 1 << 4, kPageReadOnly = 1 << 9;
constexpr uint32_t kPageCached = 1 << 6 | 1 << 3 | 1 << 2;
constexpr uint32_t kMegabyte = 1 << 20;
constexpr uint32_t kPageSize = 4096;

alignas(16384) uint32_t sections[4096];
alignas(1024) uint32_t sram_pages[256];

void map_sections(uint32_t address, uint32_t size, uint32_t kind) {
  for (uint32_t at = 0; at < size; at += kMegabyte)
    sections[(address + at) / kMegabyte] =
        (address + at) | kind | kSection | kSectionXn | kSectionPrivileged;
}

void map_sram() {
  const auto text_end = reinterpret_cast<uint32_t>(__text_end);
  const auto guard = reinterpret_cast<uint32_t>(__stack_guard);
  for (uint32_t at = kSramBase; at < kSramBase + kSramSize; at += kPageSize) {
    if (at == guard) continue;
    const uint32_t rights = at < text_end ? kPageReadOnly : kPageXn;
    sram_pages[(at - kSramBase) / kPageSize] = at | kPage | kPageCached | kPagePrivileged | rights;
  }
  sections[kSramBase / kMegabyte] = reinterpret_cast<uint32_t>(sram_pages) | kTable;
}

}  // namespace

const void* build_memory_map() {
  map_sram();
  map_sections(kRamBase, kRamSize, kSectionCached);
  for (const uint32_t block : {kSdmmcBase, kSfrBase, kUart1Base, kPioBase})
    map_sections(block / kMegabyte * kMegabyte, kMegabyte, kSectionDevice);
  return sections;
}

}  // namespace firmware::boot
