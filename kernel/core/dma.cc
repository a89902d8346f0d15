// Memory that devices reach. What a manifest grants is set aside at boot, in one piece: so it is
// contiguous whatever else has been going on, and a process that starts again finds it.
//
// The frames stay the kernel's: nobody moves them, nobody frees them, and what is outside the
// encrypted window is never lent to be written.
#include <algorithm>
#include <utility>

#include "kernel/core/calls.h"
#include "kernel/core/kernel.h"

namespace kernel {
namespace {
constexpr uint8_t kModule = base::module_number("kernel/core/dma.cc");
using abi::kPageSize;

uint32_t pages_granted(std::span<const abi::Grant> grants) {
  uint32_t pages = 0;
  for (const abi::Grant& grant : grants) {
    if (grant.kind == abi::GrantKind::kDma) pages += pages_in(grant.b);
  }
  return pages;
}

/// In Thread::progress of kMapDma: nothing is taken yet, and so many pages have been looked at.
constexpr uint32_t kLooking = 1u << 31;

/// Of a page in the device area.
bool is_dma(const Process& process, uint32_t address) {
  return arch::page_get(process.pid, address).access == arch::Access::kReadWrite;
}

enum class Maintenance { kClean, kInvalidate };

/// Maintains the part of the range that lies in its next few pages.
void maintain_some(Kernel& kernel, Thread& self, Maintenance maintenance) {
  const uint32_t address = self.context.r[0], bytes = self.context.r[1];
  if (bytes == 0) return complete(self);
  if (!lies_in(address, bytes, abi::kDeviceBase, abi::kDeviceEnd)) {
    return kernel.broken(self, "range that is not for devices");
  }
  const uint32_t end = address + bytes;
  uint32_t at = address + self.progress;
  for (unsigned i = 0; i < kDmaPagesPerPiece && at != end; ++i) {
    const uint32_t page = at & ~(kPageSize - 1);
    if (!is_dma(*self.process, page)) return kernel.broken(self, "range that is not for devices");
    const uint32_t upto = std::min(end - page, kPageSize);
    const arch::Page entry = arch::page_get(self.process->pid, page);
    const uint32_t offset = at - page;
    if (maintenance == Maintenance::kClean) {
      arch::cache_clean(entry, offset, upto - offset);
    } else {
      arch::cache_invalidate(entry, offset, upto - offset);
    }
    at = page + upto;
  }
  arch::sync();
  self.progress = at == end ? 0 : at - address;
  self.progress ? restart(self) : complete(self);
}
}  // namespace

bool Kernel::set_aside_dma() {
  for (size_t i = 0; i < image.processes.size(); ++i) {
    const abi::ProcessEntry& entry = image.processes[i];
    const uint32_t pages =
        pages_granted(image.grants.subspan(entry.first_grant, entry.grant_count));
    // Nothing has been taken yet, so the free frames come in the order of their addresses.
    for (uint32_t page = 0; page < pages; ++page) {
      if (unpromised == 0) return false;
      const uint32_t physical = take_frame(Frame::kKernel, /*zeroed=*/false);
      if (page == 0) dma_memory[i + 1] = physical;
      base::require(physical == dma_memory[i + 1] + page * kPageSize);
      --unpromised;
      --frames_usable;
    }
  }
  return true;
}

namespace calls {

void map_dma(Kernel& kernel, Thread& self) {
  Process& process = *self.process;
  auto& r = self.context.r;
  const uint32_t pages = pages_in(r[0]);
  if (self.progress == 0 || self.progress & kLooking) {
    const uint32_t done = std::exchange(self.progress, 0) & ~kLooking;
    if (pages == 0) return complete(self, FAIL(kInvalid));
    if (pages > pages_granted(process.grants) - process.dma_pages) {
      return complete(self, FAIL(kDenied));
    }
    if (!lies_in(process.device_next, pages * kPageSize, abi::kDeviceBase, abi::kDeviceEnd)) {
      return complete(self, FAIL(kNoMemory));
    }
    // Kept over restarts.
    r[1] = process.device_next;
    r[2] = kernel.dma_memory[process.pid] + process.dma_pages * kPageSize;
    // A server may still read what this process lent in an earlier life. Then nothing is used up.
    const uint32_t upto = std::min(pages, done + kEntriesPerPiece);
    for (uint32_t i = done; i < upto; ++i) {
      if (kernel.frame_of(r[2] + i * kPageSize)->loans != 0) return complete(self, FAIL(kNoMemory));
    }
    if (upto != pages) {
      self.progress = kLooking | upto;
      return restart(self);
    }
    process.dma_pages += pages;
    process.device_next += (pages + 1) * kPageSize;  // and a hole
  }
  const uint32_t upto = std::min(pages, self.progress + kDmaPagesPerPiece);
  for (uint32_t i = self.progress; i < upto; ++i) {
    const arch::Page page{
        .physical = r[2] + i * kPageSize, .access = arch::Access::kReadWrite, .plain = true};
    Frame& frame = *kernel.frame_of(page.physical);
    if (frame.loans != 0 || !arch::page_set(process.pid, r[1] + i * kPageSize, page)) {
      self.progress = 0;
      return complete(self, FAIL(kNoMemory));
    }
    frame.writable = false;
    arch::zero_page(page);
    arch::cache_clean(page, 0, kPageSize);
  }
  arch::sync();
  self.progress = upto == pages ? 0 : upto;
  self.progress ? restart(self) : complete(self, kOk, r[1], r[2]);
}

void cache_clean(Kernel& kernel, Thread& self) {
  maintain_some(kernel, self, Maintenance::kClean);
}

void cache_invalidate(Kernel& kernel, Thread& self) {
  maintain_some(kernel, self, Maintenance::kInvalidate);
}

}  // namespace calls
}  // namespace kernel
