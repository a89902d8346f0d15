// What the portable kernel needs from the processor: address spaces and memory. Two
// implementations: kernel/arch/armv7a, and kernel/arch/host, a model for tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kernel {
struct Thread;
}

namespace kernel::arch {

/// What user code may do with a page. There is no writable and executable one.
enum class Access : uint8_t { kNone = 0, kRead, kReadWrite, kExecute, kDevice };

/// One entry of a page table. A lent page cannot be reached, but its entry remembers the frame and
/// the access that it had.
struct Page {
  uint32_t physical = 0;
  Access access = Access::kNone;
  bool lent = false;
  /// Outside the memory encryption: what lies in the image, and what devices reach.
  bool plain = false;
  constexpr bool present() const { return access != Access::kNone; }
  constexpr bool reachable() const { return present() && !lent; }
};

/// What a switch to an address space loads. Cached in every thread.
struct SpaceRegisters {
  uint32_t table = 0;
  uint32_t id = 0;
};

/// Makes space `slot` (1..kMaxProcesses - 1) empty and ready. It must be closed.
void space_open(unsigned slot);
/// Forgets the space's translations. All tables must have been freed.
void space_close(unsigned slot);
SpaceRegisters space_registers(unsigned slot);

Page page_get(unsigned slot, uint32_t address);
/// Replaces one entry. False: no table could be had, nothing changed (only when the old entry is
/// empty). Takes effect for good at the next sync().
[[nodiscard]] bool page_set(unsigned slot, uint32_t address, Page page);

/// An entry of a page table, not taken apart: what loans work on, which move many.
struct Entry {
  uint32_t bits = 0;
};
/// Entries in a row, below kUserEnd, at most 32; tables are looked up once for each megabyte.
void entries_get(unsigned slot, uint32_t address, Entry* entries, uint32_t count);
/// As page_set for each; what the processor remembers of them is forgotten in one go. False: no
/// table could be had; that happens for the first entry of a megabyte only.
[[nodiscard]] bool entries_set(unsigned slot, uint32_t address, const Entry* entries,
                               uint32_t count);
uint32_t physical_of(Entry entry);
bool writable(Entry entry);
/// Reachable, no device's, and writable if the loan is mutable.
bool may_be_lent(Entry entry, bool mutably);
/// Of such an entry: what the borrower has, what the lender has meanwhile.
Entry borrowed(Entry entry, bool mutably);
Entry on_loan(Entry entry, bool mutably);
/// Of one on loan: what the lender has afterwards. `writable`: again, after a loan for reading.
Entry returned(Entry entry, bool mutably, bool writable);

/// The lowest mapped or lent page in [address, end); `end` when there is none.
uint32_t page_next(unsigned slot, uint32_t address, uint32_t end);
/// Whether anything can be mapped in the megabyte with `address`.
bool table_exists(unsigned slot, uint32_t address);
/// Gives back the second-level table of the megabyte with `address`, which must be empty.
void table_free(unsigned slot, uint32_t address);
/// The same for a space that goes on, if the table is empty.
void table_trim(unsigned slot, uint32_t address);
void sync();

/// The kernel's view of RAM.
std::byte* ram(uint32_t physical);
/// The same, of a page, through the window that its process sees it by. A frame is only ever used
/// through one window: the caches would mix up two.
std::byte* frame(const Page& page);
void zero_page(const Page& page);
void copy_page(const Page& to, const Page& from);
/// Writes what the caches hold of these bytes of the page to memory, for a device to read.
void cache_clean(const Page& page, uint32_t offset, uint32_t bytes);
/// Forgets what the caches hold of these bytes, so that what a device wrote is read. What shares
/// its first or last line with others is written to memory first.
void cache_invalidate(const Page& page, uint32_t offset, uint32_t bytes);

/// Writes what the caches hold of these bytes to memory, where they survive a reset.
void write_back(const void* data, uint32_t bytes);

/// Leaves a record for the next boot and resets.
[[noreturn]] void panic(std::string_view why);

/// The thread ends: what it left in the floating point registers and in `floats` is cleared.
void clear_floats(Thread& thread);

/// Off: every message takes the general path.
void set_fast_path(bool on);
/// What was written to the page may be executed from now on.
void make_executable(const Page& page);

/// Sleeps until an interrupt is pending. They stay masked.
void wait_for_interrupt();

/// Why a user instruction was stopped, decoded.
struct FaultRegisters {
  uint32_t status = 0, address = 0;
};

}  // namespace kernel::arch
