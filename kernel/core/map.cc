// The calls that map memory, in pieces: between two of them interrupts are taken, and whoever is
// more urgent runs.
//
// kMap looks for room, or whether the range that was asked for is free; then it maps; and what
// cannot be finished is taken back:
//
//   kBegin ──▶ kLook ──room──▶ kMap ──all──▶ done
//     ▲                         │ another thread's map came between, or there is no table
//     └──── anywhere else ── kUndo ──▶ refused
//
// Thread::progress says which of these it is, and how many pages it has done. What else must be
// kept over restarts is in registers that the call does not take.
#include <algorithm>
#include <array>

#include "kernel/core/calls.h"
#include "kernel/core/kernel.h"

namespace kernel {
namespace {
constexpr uint8_t kModule = base::module_number("kernel/core/map.cc");
using abi::kPageSize;
constexpr uint32_t kMegabyte = 0x10'0000;

enum class Stage : uint32_t { kBegin, kLook, kMap, kUndo };
constexpr unsigned kStageShift = 28;

Stage stage_of(const Thread& self) {
  return static_cast<Stage>(self.progress >> kStageShift);
}
uint32_t pages_done(const Thread& self) {
  return self.progress & ((1u << kStageShift) - 1);
}
void go_on(Thread& self, Stage stage, uint32_t pages) {
  self.progress = static_cast<uint32_t>(stage) << kStageShift | pages;
  restart(self);
}
void finish(Thread& self, Error error, uint32_t r1 = 0) {
  self.progress = 0;
  complete(self, error, r1);
}

// Registers of kMap over restarts.
constexpr unsigned kAddress = 0;   // of the range; while room is looked for, where it may be
constexpr unsigned kBytes = 1;     // as given
constexpr unsigned kAnywhere = 2;  // 1: the kernel chooses
constexpr unsigned kWrapped = 3;   // 1: the search has begun again at the heap's beginning
constexpr unsigned kStart = 4;     // where the search began
constexpr unsigned kError = 5;     // what kUndo ends with

/// Looks at the entries of [at, end) until `budget` is used up, one for each entry. Returns the
/// first page that is taken, or where it stopped.
uint32_t look(unsigned pid, uint32_t at, uint32_t end, unsigned& budget, bool& taken) {
  constexpr uint32_t kAtOnce = 32;              // pages
  constexpr unsigned kNoTable = 6, kStep = 12;  // what these cost, in entries
  const auto spend = [&](uint32_t cost) { budget -= std::min<uint32_t>(budget, cost); };
  taken = false;
  while (at < end && budget != 0 && !taken) {
    const uint32_t megabyte_end = std::min(end, (at & ~(kMegabyte - 1)) + kMegabyte);
    if (!arch::table_exists(pid, at)) {
      at = megabyte_end;
      spend(kNoTable);
      continue;
    }
    const uint32_t upto = std::min(megabyte_end, at + kAtOnce * kPageSize);
    const uint32_t next = arch::page_next(pid, at, upto);
    spend((next - at) / kPageSize + kStep);
    taken = next != upto;
    at = next;
  }
  return at;
}

/// The next place to look for room at. False: all have been looked at.
bool look_behind(Thread& self, uint32_t taken, uint32_t bytes) {
  auto& r = self.context.r;
  r[kAddress] = taken + kPageSize;
  if (!lies_in(r[kAddress], bytes, self.process->layout.heap, abi::kHeapEnd)) {
    if (r[kWrapped]) return false;
    r[kWrapped] = 1;
    r[kAddress] = self.process->layout.heap;
  }
  return !r[kWrapped] || r[kAddress] < r[kStart];
}

/// Checks the arguments. False: the call has ended.
bool begin(Kernel& kernel, Thread& self, uint32_t pages) {
  const Process& process = *self.process;
  const Layout& layout = process.layout;
  auto& r = self.context.r;
  if (pages == 0 || pages > (abi::kHeapEnd - layout.heap) / kPageSize) {
    return finish(self, FAIL(kInvalid)), false;
  }
  r[kAnywhere] = r[kAddress] == 0;
  r[kWrapped] = 0;
  if (r[kAnywhere]) {
    const bool fits = lies_in(process.heap_cursor, pages * kPageSize, layout.heap, abi::kHeapEnd);
    r[kAddress] = r[kStart] = fits ? process.heap_cursor : layout.heap;
  } else if (!page_aligned(r[kAddress]) ||
             !lies_in(r[kAddress], r[kBytes], layout.heap, abi::kHeapEnd)) {
    return kernel.broken(self, "range outside the heap area"), false;
  }
  // Nobody makes the kernel look for what there is no memory for.
  if (pages > process.pages_limit - process.pages || pages > kernel.unpromised) {
    return finish(self, FAIL(kNoMemory)), false;
  }
  return true;
}

/// True: there is room. False: the call has ended, or goes on with the next piece.
bool look_for_room(Thread& self, uint32_t pages, uint32_t done, unsigned& budget) {
  auto& r = self.context.r;
  const uint32_t bytes = pages * kPageSize;
  uint32_t at = r[kAddress] + done * kPageSize;
  while (at != r[kAddress] + bytes) {
    if (budget == 0) {
      go_on(self, Stage::kLook, (at - r[kAddress]) / kPageSize);
      return false;
    }
    bool taken = false;
    at = look(self.process->pid, at, r[kAddress] + bytes, budget, taken);
    if (!taken) continue;
    if (!r[kAnywhere]) return finish(self, FAIL(kBusy)), false;
    if (!look_behind(self, at, bytes)) return finish(self, FAIL(kNoMemory)), false;
    at = r[kAddress];
  }
  return true;
}

void map_some(Kernel& kernel, Thread& self, uint32_t pages, uint32_t done) {
  Process& process = *self.process;
  auto& r = self.context.r;
  const uint32_t upto = std::min(pages, done + kFreshPagesPerPiece);
  for (; done < upto; ++done) {
    const uint32_t here = r[kAddress] + done * kPageSize;
    const bool taken = arch::page_get(process.pid, here).present();
    const uint32_t physical = taken ? 0 : kernel.take_frame(process.pid);
    if (!taken && arch::page_set(process.pid, here, {physical, arch::Access::kReadWrite})) continue;
    if (!taken) kernel.free_frame(*kernel.frame_of(physical));
    kernel.unpromise(process, pages - done);
    r[kError] = (taken ? FAIL(kBusy) : FAIL(kNoMemory)).word;
    return go_on(self, Stage::kUndo, done);
  }
  arch::sync();
  done == pages ? finish(self, kOk, r[kAddress]) : go_on(self, Stage::kMap, done);
}

/// Takes back, from the end, what was mapped. What another thread has meanwhile done there is its
/// process's own affair: pages that it took away, lent or moved are left alone.
void undo_some(Kernel& kernel, Thread& self, uint32_t done) {
  Process& process = *self.process;
  auto& r = self.context.r;
  for (unsigned i = 0; i < kUnmapsPerPiece && done != 0; ++i) {
    const uint32_t here = r[kAddress] + --done * kPageSize;
    if (!kernel.may_give_away(process, here)) continue;
    Frame& frame = *kernel.frame_of(arch::page_get(process.pid, here).physical);
    base::require(arch::page_set(process.pid, here, {}));
    kernel.free_frame(frame);
    kernel.unpromise(process, 1);
  }
  arch::sync();
  if (done != 0) return go_on(self, Stage::kUndo, done);
  const Error error{r[kError]};
  if (!r[kAnywhere] || error.code() != base::Code::kBusy) return finish(self, error);
  r[kAddress] = 0;
  go_on(self, Stage::kBegin, 0);
}
}  // namespace

namespace calls {

void map(Kernel& kernel, Thread& self) {
  Process& process = *self.process;
  const uint32_t pages = pages_in(self.context.r[kBytes]);
  const uint32_t done = pages_done(self);
  unsigned budget = kEntriesPerPiece;
  switch (stage_of(self)) {
    case Stage::kBegin:
      if (!begin(kernel, self, pages)) return;
      [[fallthrough]];
    case Stage::kLook:
      if (!look_for_room(self, pages, done, budget)) return;
      if (!kernel.promise(process, pages)) return finish(self, FAIL(kNoMemory));
      process.heap_cursor = self.context.r[kAddress] + pages * kPageSize;
      // What was quickly found is mapped at once.
      if (budget < kEntriesPerPiece / 2) return go_on(self, Stage::kMap, 0);
      return map_some(kernel, self, pages, 0);
    case Stage::kMap:
      return map_some(kernel, self, pages, done);
    case Stage::kUndo:
      return undo_some(kernel, self, done);
  }
}

void unmap(Kernel& kernel, Thread& self) {
  Process& process = *self.process;
  const uint32_t address = self.context.r[0];
  const uint32_t bytes = self.context.r[1];
  const uint32_t pages = pages_in(bytes);
  if (pages == 0 || !page_aligned(address) ||
      !(lies_in(address, bytes, process.layout.heap, abi::kHeapEnd) ||
        lies_in(address, bytes, move_base(process), move_end(process)))) {
    return kernel.broken(self, "range outside the heap area");
  }
  // Within a megabyte; with its last page, the table of one that is empty goes.
  const uint32_t from = address + self.progress * kPageSize;
  const uint32_t left = (kMegabyte - from % kMegabyte) / kPageSize;
  const uint32_t upto = std::min({pages, self.progress + kUnmapsPerPiece, self.progress + left});
  constexpr std::array<arch::Entry, kUnmapsPerPiece> kEmpty{};
  std::array<arch::Entry, kUnmapsPerPiece> entries;
  arch::entries_get(process.pid, from, entries.data(), upto - self.progress);
  uint32_t count = 0, freed = 0;
  bool on_loan = false;
  for (; count < upto - self.progress; ++count) {
    if (entries[count].bits == 0) continue;
    Frame& frame = *kernel.frame_of(arch::physical_of(entries[count]));
    on_loan = frame.loans != 0;
    if (on_loan) break;
    kernel.free_frame(frame);
    ++freed;
  }
  base::require(arch::entries_set(process.pid, from, kEmpty.data(), count));
  kernel.unpromise(process, freed);
  if (on_loan) {
    arch::sync();
    return finish(self, FAIL(kBusy));
  }
  if (upto == pages || upto == self.progress + left) arch::table_trim(process.pid, from);
  arch::sync();
  self.progress = upto == pages ? 0 : upto;
  self.progress ? restart(self) : complete(self);
}

void map_device(Kernel&, Thread& self) {
  Process& process = *self.process;
  const uint32_t physical = self.context.r[0];
  const uint32_t bytes = self.context.r[1];
  size_t index = 0;
  for (; index < process.grants.size(); ++index) {
    const abi::Grant& grant = process.grants[index];
    if (grant.kind == abi::GrantKind::kDevice && grant.a == physical && grant.b == bytes) break;
  }
  if (index == process.grants.size()) return finish(self, FAIL(kDenied));
  const uint32_t pages = pages_in(bytes);
  uint32_t& base = process.mapped_at[index];
  if (base == 0) {
    if (!page_aligned(physical) ||
        !lies_in(process.device_next, bytes, abi::kDeviceBase, abi::kDeviceEnd)) {
      return finish(self, FAIL(kInvalid));
    }
    base = process.device_next;
    process.device_next += (pages + 1) * kPageSize;  // and a hole
  }
  // Several threads may be at it; each sees to all pages before it is told where they are.
  const uint32_t upto = std::min(pages, self.progress + kUnmapsPerPiece);
  for (uint32_t page = self.progress; page < upto; ++page) {
    const uint32_t offset = page * kPageSize;
    if (!arch::page_set(process.pid, base + offset, {physical + offset, arch::Access::kDevice})) {
      return finish(self, FAIL(kNoMemory));
    }
  }
  arch::sync();
  self.progress = upto == pages ? 0 : upto;
  self.progress ? restart(self) : complete(self, kOk, base);
}

}  // namespace calls
}  // namespace kernel
