// Frames, quotas, and the calls that map memory. A frame is zeroed when it is given out.
#include <algorithm>
#include <cstring>

#include "kernel/core/calls.h"
#include "kernel/core/kernel.h"

namespace kernel {
namespace {
constexpr uint8_t kModule = base::module_number("kernel/core/memory.cc");
using abi::kPageSize;

/// A free range of the heap area, or 0. Looks behind the last one first, in a bounded number of
/// steps.
uint32_t find_room(Process& process, uint32_t bytes) {
  uint32_t candidate = process.heap_cursor;
  for (unsigned tries = 0; tries < 64; ++tries) {
    if (!lies_in(candidate, bytes, process.layout.heap, abi::kHeapEnd)) {
      candidate = process.layout.heap;
      continue;
    }
    const uint32_t taken = arch::page_next(process.pid, candidate, candidate + bytes);
    if (taken == candidate + bytes) return candidate;
    candidate = taken + kPageSize;
  }
  return 0;
}

bool is_free(const Process& process, uint32_t address, uint32_t bytes) {
  return arch::page_next(process.pid, address, address + bytes) == address + bytes;
}
}  // namespace

Frame* Kernel::frame_of(uint32_t physical) {
  const uint32_t index = (physical - ram_base) / kPageSize;
  return index < frames.size() ? &frames[index] : nullptr;
}

uint32_t Kernel::physical_of(const Frame& frame) const {
  return ram_base + static_cast<uint32_t>(&frame - frames.data()) * kPageSize;
}

uint32_t Kernel::take_frame(uint16_t owner, bool zeroed) {
  base::require(free_frames != 0);
  Frame& frame = frames[free_frames - 1];
  free_frames = frame.next;
  frame = {.next = 0, .owner = owner};
  const uint32_t physical = physical_of(frame);
  if (zeroed) arch::zero_page({.physical = physical});
  return physical;
}

void Kernel::free_frame(Frame& frame) {
  frame = {.next = free_frames, .owner = Frame::kFree};
  free_frames = static_cast<uint32_t>(&frame - frames.data()) + 1;
}

bool Kernel::promise(Process& process, uint32_t pages) {
  if (pages > process.pages_limit - process.pages || pages > unpromised) return false;
  process.pages += pages;
  unpromised -= pages;
  return true;
}

void Kernel::unpromise(Process& process, uint32_t pages) {
  process.pages -= pages;
  unpromised += pages;
}

bool Kernel::clear_some(Process& process, uint32_t address) {
  constexpr uint32_t kMegabyte = 0x10'0000;
  const uint32_t end = address + kClearSpan;
  uint32_t at = arch::page_next(process.pid, address, end);
  for (unsigned pages = 0; at != end; ++pages) {
    if (pages == kClearsPerPiece) return false;
    const arch::Page page = arch::page_get(process.pid, at);
    base::require(arch::page_set(process.pid, at, {}));
    Frame* frame = frame_of(page.physical);
    if (frame != nullptr && frame->owner == process.pid) {
      if (frame->loans != 0) {
        frame->owner = Frame::kOrphan;
        --process.pages;
      } else {
        free_frame(*frame);
      }
    }
    at = arch::page_next(process.pid, at + kPageSize, end);
  }
  if (end % kMegabyte == 0) arch::table_free(process.pid, address);
  return true;
}

bool Kernel::may_give_away(const Process& process, uint32_t address) {
  const bool in_area = lies_in(address, kPageSize, process.layout.heap, abi::kHeapEnd) ||
                       lies_in(address, kPageSize, move_base(process), move_end(process));
  if (!page_aligned(address) || !in_area) return false;
  const arch::Page page = arch::page_get(process.pid, address);
  if (!page.reachable() || page.access != arch::Access::kReadWrite) return false;
  const Frame* frame = frame_of(page.physical);
  return frame != nullptr && frame->owner == process.pid && frame->loans == 0;
}

bool Kernel::write_user(Process& process, uint32_t address, std::string_view bytes) {
  while (!bytes.empty()) {
    const arch::Page page = arch::page_get(process.pid, address & ~(kPageSize - 1));
    if (!page.reachable() || page.access != arch::Access::kReadWrite) return false;
    const uint32_t offset = address % kPageSize;
    const size_t piece = std::min<size_t>(bytes.size(), kPageSize - offset);
    std::memcpy(arch::frame(page) + offset, bytes.data(), piece);
    bytes.remove_prefix(piece);
    address += piece;
  }
  return true;
}

bool Kernel::read_user(Process& process, uint32_t address, std::span<std::byte> out) {
  while (!out.empty()) {
    const arch::Page page = arch::page_get(process.pid, address & ~(kPageSize - 1));
    if (!page.reachable() || page.access == arch::Access::kDevice) return false;
    const uint32_t offset = address % kPageSize;
    const size_t piece = std::min<size_t>(out.size(), kPageSize - offset);
    std::memcpy(out.data(), arch::frame(page) + offset, piece);
    out = out.subspan(piece);
    address += piece;
  }
  return true;
}

bool Kernel::read_user_word(Process& process, uint32_t address, uint32_t& word, arch::Access need) {
  const arch::Page page = arch::page_get(process.pid, address & ~(kPageSize - 1));
  if (address % 4 != 0 || !page.reachable() || page.access == arch::Access::kDevice) return false;
  if (need == arch::Access::kExecute && page.access != need) return false;
  std::memcpy(&word, arch::frame(page) + address % kPageSize, sizeof word);
  return true;
}

namespace calls {

void map(Kernel& kernel, Thread& self) {
  Process& process = *self.process;
  uint32_t address = self.context.r[0];
  const uint32_t bytes = self.context.r[1];
  const uint32_t pages = pages_in(bytes);
  if (pages == 0 || pages > (abi::kHeapEnd - process.layout.heap) / kPageSize) {
    return complete(self, FAIL(kInvalid));
  }
  if (self.progress == 0) {
    if (address == 0) {
      address = find_room(process, pages * kPageSize);
      if (address == 0) return complete(self, FAIL(kNoMemory));
    } else if (!page_aligned(address) ||
               !lies_in(address, bytes, process.layout.heap, abi::kHeapEnd)) {
      return kernel.broken(self, "range outside the heap area");
    } else if (!is_free(process, address, pages * kPageSize)) {
      return complete(self, FAIL(kBusy));
    }
    if (!kernel.promise(process, pages)) return complete(self, FAIL(kNoMemory));
    self.context.r[0] = address;  // kept over restarts
    process.heap_cursor = address + pages * kPageSize;
  }
  const uint32_t upto = std::min(pages, self.progress + kFreshPagesPerPiece);
  for (uint32_t i = self.progress; i < upto; ++i) {
    const uint32_t here = address + i * kPageSize;
    // Another thread may have mapped here between two pieces; that is its process's own affair.
    const bool taken = arch::page_get(process.pid, here).present();
    const uint32_t physical = taken ? 0 : kernel.take_frame(process.pid);
    if (taken || !arch::page_set(process.pid, here, {physical, arch::Access::kReadWrite})) {
      if (!taken) kernel.free_frame(*kernel.frame_of(physical));
      kernel.unpromise(process, pages - i);  // what is mapped stays: kUnmap takes it away
      self.progress = 0;
      return complete(self, FAIL(kNoMemory));
    }
  }
  arch::sync();
  self.progress = upto == pages ? 0 : upto;
  self.progress ? restart(self) : complete(self, kOk, address);
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
  const uint32_t upto = std::min(pages, self.progress + kPagesPerPiece);
  for (uint32_t i = self.progress; i < upto; ++i) {
    const uint32_t here = address + i * kPageSize;
    const arch::Page page = arch::page_get(process.pid, here);
    if (!page.present()) continue;
    Frame& frame = *kernel.frame_of(page.physical);
    if (frame.loans != 0) {
      self.progress = 0;
      arch::sync();
      return complete(self, FAIL(kBusy));
    }
    base::require(arch::page_set(process.pid, here, {}));
    kernel.free_frame(frame);
    kernel.unpromise(process, 1);
  }
  arch::sync();
  self.progress = upto == pages ? 0 : upto;
  self.progress ? restart(self) : complete(self);
}

void map_device(Kernel& kernel, Thread& self) {
  Process& process = *self.process;
  const uint32_t physical = self.context.r[0];
  const uint32_t bytes = self.context.r[1];
  for (size_t i = 0; i < process.grants.size(); ++i) {
    const abi::Grant& grant = process.grants[i];
    if (grant.kind != abi::GrantKind::kDevice || grant.a != physical || grant.b != bytes) continue;
    if (process.mapped_at[i] != 0) return complete(self, kOk, process.mapped_at[i]);
    const uint32_t pages = pages_in(bytes);
    const uint32_t base = process.device_next;
    if (!page_aligned(physical) || !lies_in(base, bytes, abi::kDeviceBase, abi::kDeviceEnd)) {
      return complete(self, FAIL(kInvalid));
    }
    for (uint32_t page = 0; page < pages; ++page) {
      const uint32_t offset = page * kPageSize;
      if (!arch::page_set(process.pid, base + offset, {physical + offset, arch::Access::kDevice})) {
        return complete(self, FAIL(kNoMemory));
      }
    }
    arch::sync();
    process.device_next = base + (pages + 1) * kPageSize;  // and a hole
    process.mapped_at[i] = base;
    return complete(self, kOk, base);
  }
  (void)kernel;
  complete(self, FAIL(kDenied));
}

}  // namespace calls
}  // namespace kernel
