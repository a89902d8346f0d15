// Frames, quotas, and what the kernel reads and writes of user memory. A frame is zeroed when it is
// given out.
#include <algorithm>
#include <cstring>

#include "kernel/core/kernel.h"

namespace kernel {
namespace {
using abi::kPageSize;
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

}  // namespace kernel
