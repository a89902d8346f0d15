// Page tables, short-descriptor format (ARM ARM B3.5): TTBR1 walks the kernel's half from
// kernel_l1, TTBR0 the process's half from a table of 2048 entries. User pages are not global and
// carry the process's id, so a switch touches no TLB entry.
#include "kernel/arch/armv7a/mmu.h"

#include <cstring>

#include "base/result.h"
#include "kernel/abi/layout.h"
#include "kernel/abi/message.h"
#include "kernel/arch/armv7a/cpu.h"
#include "kernel/arch/armv7a/offsets.h"
#include "kernel/core/arch.h"
#include "kernel/core/limits.h"
#include "kernel/soc/soc.h"

extern "C" {
alignas(16384) uint32_t kernel_l1[4096];
extern char _start[], __text_end[], __rodata_end[], __stack_guard[], __kernel_memory_end[];
}

namespace kernel::arch {
namespace {
constexpr uint32_t kPage = abi::kPageSize;
constexpr uint32_t kMegabyte = 0x10'0000;
constexpr unsigned kUserEntries = abi::kUserEnd / kMegabyte;
constexpr unsigned kTableEntries = 256;

// First level.
constexpr uint32_t kToTable = 1;
constexpr uint32_t kSection = 2;
constexpr uint32_t kSectionNormal = 0x100c;  // TEX 001 C B: write-back, allocate on write
constexpr uint32_t kSectionDevice = 0x0004;
constexpr uint32_t kSectionNeverExecute = 1 << 4;
constexpr uint32_t kSectionPrivileged = 1 << 10;  // AP 001

// Second level.
constexpr uint32_t kSmall = 2;
constexpr uint32_t kNeverExecute = 1;
constexpr uint32_t kNormal = 0x4c;  // TEX 001 C B
constexpr uint32_t kDevice = 0x04;
constexpr uint32_t kPrivileged = 1 << 4;  // AP 01
constexpr uint32_t kUser = 3 << 4;        // AP 11
constexpr uint32_t kReadOnly = 1 << 9;    // AP[2]
constexpr uint32_t kNotGlobal = 1 << 11;
/// A lent page: not valid for the MMU (bits 1:0 are 0), the access it had in bits 4:2.
constexpr uint32_t kLentShift = 2;

constexpr uint32_t kLine = 32;  // bytes of a data cache line

/// TTBR: inner and outer write-back, allocate on write. Not shareable: a Cortex-A5 whose ACTLR.SMP
/// is 0 does not cache what is.
constexpr uint32_t kWalkCached = 0x48;

constexpr unsigned kKernelMegabytes = 3;  // most that its image and pools take
alignas(1024) uint32_t kernel_l2[kKernelMegabytes * kTableEntries];

struct Space {
  uint32_t* level_one = nullptr;
  unsigned tables = 0;
};
Space spaces[kMaxProcesses];
uint32_t* free_tables = nullptr;  // empty but for the first word, which links them
// Those behind have never been used, and hold what was in memory.
uint32_t *new_tables = nullptr, *new_tables_end = nullptr;
uint32_t ram_base = 0, ram_size = 0;
uint32_t encrypted_alias = 0;

/// Where the kernel sees RAM through the memory encryption.
constexpr uint32_t kEncryptedBase = 0xe000'0000;
constexpr uint32_t kMostEncrypted = 0x1000'0000;

uint32_t physical_of(const void* address) {
  return reinterpret_cast<uint32_t>(address) - KERNEL_BASE + ram_base;
}

/// Zeroes whole cache lines, four with each turn.
void zero_lines(void* begin, uint32_t bytes) {
  asm volatile(
      "mov r3, #0\n mov r4, #0\n mov r5, #0\n mov r6, #0\n"
      "mov r7, #0\n mov r8, #0\n mov r9, #0\n mov r10, #0\n"
      "1: stmia %0!, {r3-r10}\n stmia %0!, {r3-r10}\n"
      "stmia %0!, {r3-r10}\n stmia %0!, {r3-r10}\n"
      "subs %1, %1, #128\n"
      "bgt 1b\n"
      : "+r"(begin), "+r"(bytes)
      :
      : "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "cc", "memory");
}

void set_entry(uint32_t& entry, uint32_t value) {
  *const_cast<volatile uint32_t*>(&entry) = value;
  write_clean_line(reinterpret_cast<uint32_t>(&entry));
}

uint32_t* table_of(unsigned slot, uint32_t address) {
  const uint32_t entry = spaces[slot].level_one[address / kMegabyte];
  if (entry == 0) return nullptr;
  auto* table = reinterpret_cast<uint32_t*>(ram(entry & ~0x3ffu));
  if (table == nullptr) __builtin_unreachable();  // no null check where this is inlined
  return table;
}

void clean_table(const uint32_t* table, uint32_t bytes) {
  const auto address = reinterpret_cast<uint32_t>(table);
  for (uint32_t at = 0; at < bytes; at += kLine) write_clean_line(address + at);
}

void clear_table(uint32_t* table, uint32_t bytes) {
  zero_lines(table, bytes);
  clean_table(table, bytes);
}

/// An empty table, or null.
uint32_t* take_table() {
  uint32_t* table = free_tables;
  if (table != nullptr) {
    free_tables = reinterpret_cast<uint32_t*>(table[0]);
    table[0] = 0;
    write_clean_line(reinterpret_cast<uint32_t>(table));
  } else if (new_tables != new_tables_end) {
    table = new_tables;
    new_tables += kTableEntries;
    clear_table(table, kTableEntries * 4);
  }
  return table;
}

/// Copies whole cache lines.
void copy_lines(void* to, const void* from, uint32_t bytes) {
  asm volatile(
      "1: ldmia %1!, {r3-r10}\n stmia %0!, {r3-r10}\n"
      "ldmia %1!, {r3-r10}\n stmia %0!, {r3-r10}\n"
      "subs %2, %2, #64\n"
      "bgt 1b\n"
      : "+r"(to), "+r"(from), "+r"(bytes)
      :
      : "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "cc", "memory");
}

uint32_t encode(Page page) {
  if (!page.present()) return 0;
  if (!page.plain && page.access != Access::kDevice) page.physical += encrypted_alias;
  if (page.lent) return page.physical | static_cast<uint32_t>(page.access) << kLentShift;
  const uint32_t common = page.physical | kSmall | kNotGlobal | kUser;
  switch (page.access) {
    case Access::kExecute:
      return common | kNormal | kReadOnly;
    case Access::kRead:
      return common | kNormal | kReadOnly | kNeverExecute;
    case Access::kDevice:
      return common | kDevice | kNeverExecute;
    default:
      return common | kNormal | kNeverExecute;
  }
}

Page decode(uint32_t entry) {
  Page page{.physical = entry & ~(kPage - 1)};
  if (entry == 0) return {};
  if ((entry & kSmall) == 0) {
    page.access = static_cast<Access>(entry >> kLentShift & 7);
    page.lent = true;
  } else if ((entry & 0x4c) == kDevice) {
    page.access = Access::kDevice;
  } else if (!(entry & kReadOnly)) {
    page.access = Access::kReadWrite;
  } else {
    page.access = entry & kNeverExecute ? Access::kRead : Access::kExecute;
  }
  page.plain = page.physical - (ram_base + encrypted_alias) >= ram_size;
  if (!page.plain) page.physical -= encrypted_alias;
  return page;
}

void map_kernel_image() {
  // Text is executable, the rest is not; only data and what lies behind it can be written.
  const uint32_t text_begin = reinterpret_cast<uint32_t>(_start);
  const uint32_t text_end = reinterpret_cast<uint32_t>(__text_end);
  const uint32_t rodata_end = reinterpret_cast<uint32_t>(__rodata_end);
  base::require(reinterpret_cast<uint32_t>(__kernel_memory_end) <=
                KERNEL_BASE + kKernelMegabytes * kMegabyte);
  for (unsigned i = 0; i < std::size(kernel_l2); ++i) {
    const uint32_t address = KERNEL_BASE + i * kPage;
    uint32_t entry = (address - KERNEL_BASE + ram_base) | kSmall | kNormal | kPrivileged;
    if (address < rodata_end) entry |= kReadOnly;
    if (address < text_begin || address >= text_end) entry |= kNeverExecute;
    if (address == reinterpret_cast<uint32_t>(__stack_guard)) entry = 0;
    kernel_l2[i] = entry;
    write_clean_line(reinterpret_cast<uint32_t>(&kernel_l2[i]));
  }
  for (unsigned i = 0; i < kKernelMegabytes; ++i) {
    set_entry(kernel_l1[KERNEL_BASE / kMegabyte + i],
              physical_of(&kernel_l2[i * kTableEntries]) | kToTable);
  }
}
}  // namespace

void build_kernel_map(Memory& memory) {
  ram_base = memory.ram_base;
  encrypted_alias = memory.encrypted_alias;
  if (encrypted_alias != 0 && memory.ram_size > kMostEncrypted) memory.ram_size = kMostEncrypted;
  ram_size = memory.ram_size;
  for (uint32_t done = kKernelMegabytes * kMegabyte; done < memory.ram_size; done += kMegabyte) {
    set_entry(kernel_l1[(KERNEL_BASE + done) / kMegabyte], (ram_base + done) | kSection |
                                                               kSectionNormal | kSectionPrivileged |
                                                               kSectionNeverExecute);
  }
  for (uint32_t done = 0; encrypted_alias != 0 && done < ram_size; done += kMegabyte) {
    set_entry(kernel_l1[(kEncryptedBase + done) / kMegabyte],
              (ram_base + encrypted_alias + done) | kSection | kSectionNormal | kSectionPrivileged |
                  kSectionNeverExecute);
  }
  for (const soc::Window& window : soc::windows()) {
    set_entry(
        kernel_l1[window.virtual_address / kMegabyte],
        window.physical | kSection | kSectionDevice | kSectionPrivileged | kSectionNeverExecute);
  }
  map_kernel_image();
  data_barrier();
  write_tlb_invalidate_all(0);
  data_barrier();
  instruction_barrier();

  constexpr uint32_t kLevelOneSize = kUserEntries * 4;
  uint32_t at = (memory.free_from + 2 * kLevelOneSize - 1) & ~(2 * kLevelOneSize - 1);
  for (Space& space : spaces) {
    space.level_one = reinterpret_cast<uint32_t*>(ram(at));
    at += kLevelOneSize;
  }
  clear_table(spaces[0].level_one, kLevelOneSize);
  new_tables = reinterpret_cast<uint32_t*>(ram(at));
  at += kPageTables * kTableEntries * 4;
  new_tables_end = reinterpret_cast<uint32_t*>(ram(at));
  memory.free_from = at;

  // From here on the halves are apart; space 0 is empty for ever. TTBCR comes
  // before TTBR0: while it is 0, TTBR0 walks the kernel's half too, this very code included.
  data_barrier();
  write_ttbr1(physical_of(kernel_l1) | kWalkCached);
  instruction_barrier();
  write_ttbcr(1);
  instruction_barrier();
  write_ttbr0(physical_of(spaces[0].level_one) | kWalkCached);
  instruction_barrier();
  // The start-up map's low megabyte, if it lies in the kernel's half.
  set_entry(kernel_l1[ram_base / kMegabyte], 0);
  data_barrier();
  write_tlb_invalidate_all(0);
  data_barrier();
  instruction_barrier();
}

std::byte* ram(uint32_t physical) {
  return reinterpret_cast<std::byte*>(physical - ram_base + KERNEL_BASE);
}

std::byte* frame(const Page& page) {
  if (page.plain || encrypted_alias == 0) return ram(page.physical);
  return reinterpret_cast<std::byte*>(page.physical - ram_base + kEncryptedBase);
}

void zero_page(const Page& page) {
  zero_lines(frame(page), kPage);
}

void cache_clean(const Page& page, uint32_t offset, uint32_t bytes) {
  write_back(frame(page) + offset, bytes);
}

void cache_invalidate(const Page& page, uint32_t offset, uint32_t bytes) {
  const auto begin = reinterpret_cast<uint32_t>(frame(page)) + offset;
  const uint32_t end = begin + bytes;
  // Before anything is forgotten, what shares a line with the range is made safe.
  if (begin % kLine != 0) write_clean_and_forget_line(begin);
  if (end % kLine != 0) write_clean_and_forget_line(end);
  data_barrier();
  for (uint32_t at = begin & ~(kLine - 1); at < end; at += kLine) write_forget_line(at);
  data_barrier();
}

void make_executable(const Page& page) {
  const auto address = reinterpret_cast<uint32_t>(frame(page));
  for (uint32_t at = 0; at < kPage; at += kLine) write_clean_line(address + at);
  data_barrier();
  write_instruction_invalidate(0);
  write_branch_invalidate(0);
  data_barrier();
  instruction_barrier();
}

void copy_page(const Page& to, const Page& from) {
  copy_lines(frame(to), frame(from), kPage);
}

void write_back(const void* data, uint32_t bytes) {
  const auto begin = reinterpret_cast<uint32_t>(data);
  for (uint32_t at = begin & ~31u; at < begin + bytes; at += 32) write_clean_line_to_memory(at);
  data_barrier();
}

void space_open(unsigned slot) {
  base::require(spaces[slot].tables == 0);
  clear_table(spaces[slot].level_one, kUserEntries * 4);
}

bool table_exists(unsigned slot, uint32_t address) {
  return table_of(slot, address) != nullptr;
}

void table_free(unsigned slot, uint32_t address) {
  Space& space = spaces[slot];
  uint32_t* table = table_of(slot, address);
  if (table == nullptr) return;
  set_entry(space.level_one[address / kMegabyte], 0);
  table[0] = reinterpret_cast<uint32_t>(free_tables);
  free_tables = table;
  --space.tables;
}

void table_trim(unsigned slot, uint32_t address) {
  const uint32_t* table = table_of(slot, address);
  if (table == nullptr) return;
  constexpr unsigned kAtOnce = 8;
  for (const uint32_t* end = table + kTableEntries; table != end; table += kAtOnce) {
    uint32_t any = 0;
#pragma GCC unroll 8
    for (unsigned i = 0; i < kAtOnce; ++i) any |= table[i];
    if (any != 0) return;
  }
  table_free(slot, address);
  // Nobody else gets the table while a walk may still find it under this address.
  data_barrier();
  write_tlb_invalidate_address((address & ~(kMegabyte - 1)) | slot);
  data_barrier();
}

void space_close(unsigned slot) {
  base::require(spaces[slot].tables == 0);
  data_barrier();
  write_tlb_invalidate_space(slot);
  data_barrier();
  instruction_barrier();
}

SpaceRegisters space_registers(unsigned slot) {
  return {.table = physical_of(spaces[slot].level_one) | kWalkCached, .id = slot};
}

Page page_get(unsigned slot, uint32_t address) {
  if (address >= abi::kUserEnd) return {};
  const uint32_t* table = table_of(slot, address);
  return table == nullptr ? Page{} : decode(table[address / kPage % kTableEntries]);
}

void entries_get(unsigned slot, uint32_t address, Entry* entries, uint32_t count) {
  for (uint32_t done = 0; done < count;) {
    const uint32_t* table = table_of(slot, address);
    const uint32_t* from = table + address / kPage % kTableEntries;
    do {
      entries[done++].bits = table == nullptr ? 0 : *from++;
      address += kPage;
    } while (done < count && address % kMegabyte != 0);
  }
}

namespace {
/// Gives the megabyte of `address` its table.
[[gnu::noinline]] uint32_t* add_table(Space& space, uint32_t address) {
  if (space.tables == kPageTablesPerProcess) return nullptr;
  uint32_t* table = take_table();
  if (table == nullptr) return nullptr;
  data_barrier();
  ++space.tables;
  set_entry(space.level_one[address / kMegabyte], physical_of(table) | kToTable);
  return table;
}
}  // namespace

bool entries_set(unsigned slot, uint32_t address, const Entry* entries, uint32_t count) {
  uint32_t stale_address = (address & ~(kPage - 1)) | slot;
  uint32_t stale = 0;  // bit i: the processor may remember what entry i was
  for (uint32_t done = 0; done < count;) {
    uint32_t* table = table_of(slot, address);
    if (table == nullptr) [[unlikely]] {
      if (entries[done].bits == 0) {  // empty before and after
        ++done, address += kPage;
        continue;
      }
      table = add_table(spaces[slot], address);
      if (table == nullptr) return false;
    }
    volatile uint32_t* to = table + address / kPage % kTableEntries;
    const uint32_t line = reinterpret_cast<uint32_t>(to) & ~(kLine - 1);
    do {
      const uint32_t old = *to, value = entries[done].bits;
      if (old & kSmall && old != value) stale |= 1u << done;
      *to++ = value;
      ++done;
      address += kPage;
    } while (done < count && address % kMegabyte != 0);
    for (uint32_t at = line; at < reinterpret_cast<uint32_t>(to); at += kLine) write_clean_line(at);
  }
  if (stale == 0) return true;
  data_barrier();
  for (; stale != 0; stale_address += kPage, stale >>= 1) {
    if (stale & 1) write_tlb_invalidate_address(stale_address);
  }
  return true;
}

uint32_t physical_of(Entry entry) {
  const uint32_t physical = entry.bits & ~(kPage - 1);
  const uint32_t decrypted = physical - encrypted_alias;
  return decrypted - ram_base < ram_size ? decrypted : physical;
}

bool writable(Entry entry) {
  return (entry.bits & (kSmall | kNormal | kReadOnly)) == (kSmall | kNormal);
}

bool may_be_lent(Entry entry, bool mutably) {
  if (mutably) return writable(entry);
  return (entry.bits & (kSmall | kNormal)) == (kSmall | kNormal);
}

Entry borrowed(Entry entry, bool mutably) {
  return {mutably ? entry.bits : entry.bits | kReadOnly | kNeverExecute};
}

Entry on_loan(Entry entry, bool mutably) {
  if (!mutably) return {entry.bits | kReadOnly};
  constexpr uint32_t kWas = static_cast<uint32_t>(Access::kReadWrite) << kLentShift;
  return {(entry.bits & ~(kPage - 1)) | kWas};
}

Entry returned(Entry entry, bool mutably, bool writable) {
  if (!mutably) return {writable ? entry.bits & ~kReadOnly : entry.bits};
  constexpr uint32_t kReadWrite = kSmall | kNotGlobal | kUser | kNormal | kNeverExecute;
  return {(entry.bits & ~(kPage - 1)) | kReadWrite};
}

bool page_set(unsigned slot, uint32_t address, Page page) {
  base::require(address < abi::kUserEnd);
  const Entry entry{encode(page)};
  return entries_set(slot, address, &entry, 1);
}

uint32_t page_next(unsigned slot, uint32_t address, uint32_t end) {
  while (address < end) {
    const uint32_t next = (address & ~(kMegabyte - 1)) + kMegabyte;
    const uint32_t upto = next < end ? next : end;
    if (const uint32_t* table = table_of(slot, address)) {
      const uint32_t* entry = table + address / kPage % kTableEntries;
      for (; address < upto; address += kPage) {
        if (*entry++ != 0) return address;
      }
    }
    address = next;
  }
  return end;
}

void sync() {
  data_barrier();
  instruction_barrier();
}

void wait_for_interrupt() {
  data_barrier();
  asm volatile("wfi" ::: "memory");
}

}  // namespace kernel::arch
