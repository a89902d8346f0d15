#include "kernel/arch/host/machine.h"

#include <algorithm>
#include <stdexcept>

#include "base/result.h"
#include "kernel/abi/layout.h"
#include "kernel/abi/message.h"
#include "kernel/core/kernel.h"
#include "kernel/soc/soc.h"

namespace kernel {

Kernel the_kernel;

namespace host {
namespace {
Machine* living = nullptr;
constexpr uint32_t kMegabyte = 0x10'0000;
}  // namespace

Machine::Machine(unsigned ram_pages) : ram_(size_t{ram_pages} * abi::kPageSize, kDirt) {
  living = this;
}
Machine::~Machine() {
  living = nullptr;
}
Machine& Machine::instance() {
  return *living;
}

void Machine::pass(uint64_t span) {
  const uint64_t until = now + span;
  if (timer != 0 && timer <= until) {
    pass_to_timer();
  } else {
    now = until;
  }
}

bool Machine::pass_to_timer() {
  if (timer == 0) return false;
  now = std::max(now, timer);
  timer = 0;
  timer_pending_ = true;
  return true;
}

/// The doors through which the kernel's functions reach the model.
struct Doors {
  static Machine::Space& space(unsigned slot) { return living->spaces_.at(slot); }
  static std::vector<std::byte>& ram() { return living->ram_; }
  static std::set<unsigned>& pending() { return living->pending_; }
  static std::set<unsigned>& unmasked() { return living->unmasked_; }
  static bool& timer_pending() { return living->timer_pending_; }
};

}  // namespace host

namespace arch {
using host::Doors;

// The kernel never closes a space with pages in it, nor uses one that is closed.
void space_open(unsigned slot) {
  base::require(!Doors::space(slot).open && Doors::space(slot).pages.empty());
  Doors::space(slot).open = true;
}

bool table_exists(unsigned slot, uint32_t address) {
  return Doors::space(slot).tables.contains(address / host::kMegabyte);
}

void table_free(unsigned slot, uint32_t address) {
  auto& space = Doors::space(slot);
  const uint32_t begin = address / host::kMegabyte * host::kMegabyte;
  base::require(page_next(slot, begin, begin + host::kMegabyte) == begin + host::kMegabyte);
  host::Machine::instance().tables_left += space.tables.erase(address / host::kMegabyte);
}

void table_trim(unsigned slot, uint32_t address) {
  const uint32_t begin = address / host::kMegabyte * host::kMegabyte;
  if (page_next(slot, begin, begin + host::kMegabyte) == begin + host::kMegabyte) {
    table_free(slot, begin);
  }
}

void space_close(unsigned slot) {
  auto& space = Doors::space(slot);
  base::require(space.open && space.pages.empty() && space.tables.empty());
  space = {};
}

SpaceRegisters space_registers(unsigned slot) {
  return {.table = slot << 14, .id = slot};
}

Page page_get(unsigned slot, uint32_t address) {
  const auto& pages = Doors::space(slot).pages;
  const auto found = pages.find(address & ~(abi::kPageSize - 1));
  return found == pages.end() ? Page{} : found->second;
}

bool page_set(unsigned slot, uint32_t address, Page page) {
  base::require(address < abi::kUserEnd && address % abi::kPageSize == 0);
  auto& space = Doors::space(slot);
  if (!page.present()) {
    space.pages.erase(address);
    return true;
  }
  base::require(space.open);
  const uint32_t megabyte = address / host::kMegabyte;
  if (!space.tables.contains(megabyte)) {
    auto& left = host::Machine::instance().tables_left;
    if (left == 0 || space.tables.size() == kPageTablesPerProcess) return false;
    --left;
    space.tables.insert(megabyte);
  }
  space.pages[address] = page;
  return true;
}

namespace {
constexpr uint32_t kAccessBits = 7, kLentBit = 8, kPlainBit = 16;
Entry pack(const Page& page) {
  return {page.physical | static_cast<uint32_t>(page.access) | (page.lent ? kLentBit : 0) |
          (page.plain ? kPlainBit : 0)};
}
Page unpack(Entry entry) {
  return {.physical = entry.bits & ~(abi::kPageSize - 1),
          .access = static_cast<Access>(entry.bits & kAccessBits),
          .lent = (entry.bits & kLentBit) != 0,
          .plain = (entry.bits & kPlainBit) != 0};
}
}  // namespace

void entries_get(unsigned slot, uint32_t address, Entry* entries, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i, address += abi::kPageSize) {
    entries[i] = pack(page_get(slot, address));
  }
}

bool entries_set(unsigned slot, uint32_t address, const Entry* entries, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i, address += abi::kPageSize) {
    if (!page_set(slot, address, unpack(entries[i]))) return false;
  }
  return true;
}

uint32_t physical_of(Entry entry) {
  return unpack(entry).physical;
}

bool writable(Entry entry) {
  return unpack(entry).access == Access::kReadWrite;
}

bool may_be_lent(Entry entry, bool mutably) {
  const Page page = unpack(entry);
  return page.reachable() && page.access != Access::kDevice && (!mutably || writable(entry));
}

Entry borrowed(Entry entry, bool mutably) {
  Page page = unpack(entry);
  page.access = mutably ? Access::kReadWrite : Access::kRead;
  return pack(page);
}

Entry on_loan(Entry entry, bool mutably) {
  Page page = unpack(entry);
  if (mutably) {
    page.lent = true;
  } else if (page.access == Access::kReadWrite) {
    page.access = Access::kRead;
  }
  return pack(page);
}

Entry returned(Entry entry, bool mutably, bool writable) {
  Page page = unpack(entry);
  if (mutably) {
    page.lent = false;
  } else if (writable) {
    page.access = Access::kReadWrite;
  }
  return pack(page);
}

uint32_t page_next(unsigned slot, uint32_t address, uint32_t end) {
  const auto& pages = Doors::space(slot).pages;
  const auto found = pages.lower_bound(address & ~(abi::kPageSize - 1));
  return found == pages.end() || found->first >= end ? end : found->first;
}

void sync() {}

std::byte* ram(uint32_t physical) {
  base::require(physical - host::Machine::kRamBase < Doors::ram().size());
  return Doors::ram().data() + (physical - host::Machine::kRamBase);
}

std::byte* frame(const Page& page) {
  // What the caches hold of one window would one day overwrite what was written through the other.
  const auto [seen, first] =
      host::Machine::instance().seen_plain.emplace(page.physical, page.plain);
  base::require(first || seen->second == page.plain);
  return ram(page.physical);
}

void zero_page(const Page& page) {
  std::fill_n(frame(page), abi::kPageSize, std::byte{0});
}

void cache_clean(const Page& page, uint32_t offset, uint32_t bytes) {
  base::require(offset + bytes <= abi::kPageSize);
  host::Machine::instance().cleaned.push_back({page.physical + offset, bytes});
}

void cache_invalidate(const Page& page, uint32_t offset, uint32_t bytes) {
  base::require(offset + bytes <= abi::kPageSize);
  host::Machine::instance().invalidated.push_back({page.physical + offset, bytes});
}

void copy_page(const Page& to, const Page& from) {
  std::copy_n(frame(from), abi::kPageSize, frame(to));
}

void make_executable(const Page& page) {
  host::Machine::instance().made_executable.insert(page.physical);
}

void wait_for_interrupt() {}
void write_back(const void*, uint32_t) {}
void set_fast_path(bool) {}
void clear_floats(Thread& thread) {
  thread.floats = {};
}
void panic(std::string_view why) {
  the_kernel.record_panic(why, nullptr, 0, 0);
  throw std::runtime_error("panic");
}

}  // namespace arch

namespace soc {
using host::Doors;
using host::Machine;

const std::string_view kName = "host";
std::span<const Window> windows() {
  return {};
}
void start() {}
uint64_t now() {
  return Machine::instance().now;
}
void set_timer(uint64_t deadline) {
  Machine::instance().timer = std::max<uint64_t>(deadline, 1);
}

int take_interrupt() {
  if (std::exchange(Doors::timer_pending(), false)) return kTimerInterrupt;
  for (unsigned source : Doors::pending()) {
    if (!Doors::unmasked().contains(source)) continue;
    Doors::unmasked().erase(source);
    Doors::pending().erase(source);
    return static_cast<int>(source);
  }
  return kNoInterrupt;
}

void mask_interrupt(unsigned source) {
  Doors::unmasked().erase(source);
}
void unmask_interrupt(unsigned source) {
  Doors::unmasked().insert(source);
}
bool interrupt_exists(unsigned source) {
  return source != 0 && source < 100;
}
bool emergency_ready() {
  return true;
}
void emergency_write(std::string_view text) {
  Machine::instance().emergency += text;
}
void reset() {
  throw std::runtime_error("reset");
}
void power_off() {
  throw std::runtime_error("power off");
}

}  // namespace soc
}  // namespace kernel
