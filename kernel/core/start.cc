// From an image to running processes. The boot chain has verified the image; it is checked here all
// the same, so that a packer's mistake is a sentence and not a crash.
#include <algorithm>
#include <cstring>

#include "kernel/core/kernel.h"

namespace kernel {
namespace {
using abi::kPageSize;

template <class T>
bool table(std::span<const std::byte> image, uint32_t offset, uint32_t count,
           std::span<const T>& out) {
  if (offset % 8 != 0 || offset > image.size() || count > (image.size() - offset) / sizeof(T)) {
    return false;
  }
  out = {reinterpret_cast<const T*>(image.data() + offset), count};
  return true;
}

bool slice(uint32_t first, uint32_t count, size_t size) {
  return first <= size && count <= size - first;
}

/// Why this process cannot be started; empty when it can.
std::string_view fault_of(const Image& image, const abi::ProcessEntry& entry) {
  if (!slice(entry.first_segment, entry.segment_count, image.segments.size())) return "segments";
  if (!slice(entry.first_grant, entry.grant_count, image.grants.size())) return "grants";
  if (entry.grant_count > kGrantsPerProcess) return "too many grants";
  if (entry.priority >= kPriorities) return "priority";
  if (entry.name.back() != '\0') return "name";
  const uint32_t stack = entry.stack_size;
  if (stack == 0 || !page_aligned(stack) || stack > abi::kMostStack) return "stack size";
  bool entry_is_code = false;
  for (const abi::Segment& segment :
       image.segments.subspan(entry.first_segment, entry.segment_count)) {
    const bool writes = segment.flags & abi::kSegmentWrite;
    const bool executes = segment.flags & abi::kSegmentExecute;
    if (writes && executes) return "a segment is writable and executable";
    if (!page_aligned(segment.address) || !page_aligned(segment.offset)) return "segment alignment";
    if (!lies_in(segment.address, segment.memory_size, abi::kImageBase,
                 abi::kImageEnd - kPageSize) ||
        segment.memory_size == 0 || segment.file_size > segment.memory_size) {
      return "segment size";
    }
    // A read-only segment is used in place, so all of its pages must be in the image.
    const uint64_t in_image =
        writes ? segment.file_size : uint64_t{pages_in(segment.memory_size)} * kPageSize;
    if (segment.offset + in_image > image.bytes.size()) return "segment outside the image";
    if (!writes && pages_in(segment.file_size) != pages_in(segment.memory_size)) {
      return "a read-only segment with zeros behind it";
    }
    entry_is_code |= executes && entry.entry >= segment.address &&
                     entry.entry - segment.address < segment.file_size;
  }
  return entry_is_code && entry.entry % 4 == 0 ? "" : "entry";
}
}  // namespace

void Kernel::reset() {
  for (unsigned i = kMaxThreads; i-- > 0;) {
    threads[i].state = ThreadState::kFree;
    threads[i].token = i;
    if (i == 0) break;  // never given out
    threads[i].next = free_threads;
    free_threads = &threads[i];
  }
  worker.thread.state = ThreadState::kFree;
  for (unsigned i = 0; i < kMaxMessages; ++i) {
    messages[i].next = i + 1 < kMaxMessages ? &messages[i + 1] : nullptr;
  }
  free_messages = messages.data();
  free_slots.fill(~0u);
  free_slots[0] &= ~1u;  // the kernel's own
}

void Kernel::add_memory(uint32_t base, std::span<Frame> storage) {
  frames = storage;
  ram_base = base;
  // The last page is for a panic's record.
  panic_record = reinterpret_cast<abi::PanicRecord*>(
      arch::ram(base + static_cast<uint32_t>(storage.size() - 1) * kPageSize));
}

void Kernel::add_frames(uint32_t from, uint32_t to) {
  const uint32_t first = pages_in(from - ram_base);
  const uint32_t end = std::min<uint32_t>((to - ram_base) / kPageSize, frames.size() - 1);
  for (uint32_t i = end; i > first; --i) {
    free_frame(frames[i - 1]);
    ++unpromised;
  }
  frames_usable = unpromised;
}

bool Kernel::start_image(std::span<const std::byte> bytes, uint32_t physical) {
  const auto refuse = [&](auto... why) { return log.line("kernel: bad image: ", why...), false; };
  if (bytes.size() < sizeof(abi::ImageHeader)) return refuse("no header");
  const auto& header = *reinterpret_cast<const abi::ImageHeader*>(bytes.data());
  if (header.magic != abi::kImageMagic || header.format != abi::kImageFormat ||
      header.total_size < sizeof header || header.total_size > bytes.size()) {
    return refuse("header");
  }
  image = {.bytes = bytes.first(header.total_size), .physical = physical};
  if (!table(image.bytes, header.process_offset, header.process_count, image.processes) ||
      !table(image.bytes, header.segment_offset, header.segment_count, image.segments) ||
      !table(image.bytes, header.grant_offset, header.grant_count, image.grants) ||
      !table(image.bytes, header.service_offset, header.service_count, image.services)) {
    return refuse("tables");
  }
  if (image.processes.size() >= kMaxProcesses) return refuse("too many processes");
  if (image.services.size() > kMaxServices ||
      sizeof(abi::ProcessArguments) + image.services.size_bytes() > kPageSize) {
    return refuse("too many services");
  }
  for (const abi::Grant& grant : image.grants) {
    const bool names_service = grant.kind == abi::GrantKind::kConnect ||
                               grant.kind == abi::GrantKind::kServe ||
                               grant.kind == abi::GrantKind::kChildConnect;
    if (names_service && grant.a >= image.services.size()) return refuse("service of a grant");
  }
  if (header.flags & abi::kImageRelease && !random.is_keyed()) {
    return refuse("a release, and no random bits for its addresses");
  }
  image_flags = header.flags;
  for (uint32_t i = 0; i < image.processes.size(); ++i) {
    const std::string_view fault = fault_of(image, image.processes[i]);
    if (!fault.empty()) return refuse("process ", i + 1, ": ", fault);
  }
  if (!set_aside_dma()) return refuse("memory for devices does not fit");
  uint32_t started = 0;
  for (uint32_t i = 0; i < image.processes.size(); ++i) {
    Process& process = processes[i + 1];
    if (image.processes[i].flags & abi::kProcessLater) {
      process.pid = static_cast<uint8_t>(i + 1);
      process.name = image.processes[i].name;
      continue;
    }
    open_image_process(i);
    while (process.making != Making::kNot) {
      if (make_some(process).word != 0) return refuse("process ", i + 1, " does not fit");
    }
    ++started;
  }
  arch::sync();
  log.line("kernel: ready, ", started, " processes");
  return true;
}

}  // namespace kernel
