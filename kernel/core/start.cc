// From an image to running processes. The boot chain has verified the image; it is checked here all
// the same, so that a packer's mistake is a sentence and not a crash.
#include <algorithm>
#include <cstring>

#include "kernel/core/kernel.h"

namespace kernel {
namespace {
using abi::kPageSize;

/// The image's tables, checked once.
struct Tables {
  std::span<const std::byte> image{};
  uint32_t physical = 0;
  std::span<const abi::ProcessEntry> processes{};
  std::span<const abi::Segment> segments{};
  std::span<const abi::Grant> grants{};
  std::span<const abi::ServiceEntry> services{};
};

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
std::string_view fault_of(const Tables& tables, const abi::ProcessEntry& entry) {
  if (!slice(entry.first_segment, entry.segment_count, tables.segments.size())) return "segments";
  if (!slice(entry.first_grant, entry.grant_count, tables.grants.size())) return "grants";
  if (entry.grant_count > kGrantsPerProcess) return "too many grants";
  if (entry.priority >= kPriorities) return "priority";
  if (entry.name.back() != '\0') return "name";
  const uint32_t stack = entry.stack_size;
  if (stack == 0 || !page_aligned(stack) || stack > 0x10'0000) return "stack size";
  bool entry_is_code = false;
  for (const abi::Segment& segment :
       tables.segments.subspan(entry.first_segment, entry.segment_count)) {
    const bool writes = segment.flags & abi::kSegmentWrite;
    const bool executes = segment.flags & abi::kSegmentExecute;
    if (writes && executes) return "a segment is writable and executable";
    if (!page_aligned(segment.address) || !page_aligned(segment.offset)) return "segment alignment";
    if (!lies_in(segment.address, segment.memory_size, abi::kImageBase, abi::kImageEnd) ||
        segment.memory_size == 0 || segment.file_size > segment.memory_size) {
      return "segment size";
    }
    // A read-only segment is used in place, so all of its pages must be in the image.
    const uint64_t in_image =
        writes ? segment.file_size : uint64_t{pages_in(segment.memory_size)} * kPageSize;
    if (segment.offset + in_image > tables.image.size()) return "segment outside the image";
    if (!writes && pages_in(segment.file_size) != pages_in(segment.memory_size)) {
      return "a read-only segment with zeros behind it";
    }
    entry_is_code |= executes && entry.entry >= segment.address &&
                     entry.entry - segment.address < segment.file_size;
  }
  return entry_is_code && entry.entry % 4 == 0 ? "" : "entry";
}

bool map_segment(Kernel& kernel, Process& process, const Tables& tables,
                 const abi::Segment& segment) {
  for (uint32_t done = 0; done < segment.memory_size; done += kPageSize) {
    arch::Page page{.physical = tables.physical + segment.offset + done,
                    .access = segment.flags & abi::kSegmentExecute ? arch::Access::kExecute
                                                                   : arch::Access::kRead};
    if (segment.flags & abi::kSegmentWrite) {
      if (!kernel.promise(process, 1)) return false;
      page = {.physical = kernel.take_frame(process.pid), .access = arch::Access::kReadWrite};
      if (done < segment.file_size) {
        std::memcpy(arch::ram(page.physical), tables.image.data() + segment.offset + done,
                    std::min(kPageSize, segment.file_size - done));
      }
    }
    if (arch::page_get(process.pid, segment.address + done).present()) return false;
    if (!arch::page_set(process.pid, segment.address + done, page)) return false;
  }
  return true;
}

bool map_fresh(Kernel& kernel, Process& process, uint32_t address, arch::Access access,
               uint32_t& physical) {
  if (!kernel.promise(process, 1)) return false;
  physical = kernel.take_frame(process.pid);
  return arch::page_set(process.pid, address, {physical, access});
}

bool map_arguments(Kernel& kernel, Process& process) {
  const abi::ProcessArguments arguments{
      .pid = process.pid,
      .generation = process.generation,
      .image_flags = kernel.image_flags,
      .service_count = static_cast<uint32_t>(kernel.services.size()),
      .services = abi::kArgumentsBase + sizeof(abi::ProcessArguments),
      .heap_begin = abi::kHeapBase,
      .heap_end = abi::kHeapEnd,
  };
  uint32_t physical = 0;
  if (!map_fresh(kernel, process, abi::kArgumentsBase, arch::Access::kRead, physical)) return false;
  std::byte* page = arch::ram(physical);
  std::memcpy(page, &arguments, sizeof arguments);
  std::memcpy(page + sizeof arguments, kernel.services.data(), kernel.services.size_bytes());
  return true;
}

bool start_process(Kernel& kernel, const Tables& tables, const abi::ProcessEntry& entry,
                   uint8_t pid) {
  Process& process = kernel.processes[pid];
  process.pid = pid;
  process.generation = 1;
  process.identity = abi::Identity::make(pid, 1).bits;
  process.syscalls = entry.syscalls;
  process.name = entry.name;
  process.connection_count = 1;
  process.heap_cursor = abi::kHeapBase;
  process.device_next = abi::kDeviceBase;
  process.priority_limit = static_cast<uint8_t>(entry.priority);
  process.grants = tables.grants.subspan(entry.first_grant, entry.grant_count);
  process.pages_limit = ~0u;  // the quota starts to count when the process does
  arch::space_open(pid);
  for (const abi::Segment& segment :
       tables.segments.subspan(entry.first_segment, entry.segment_count)) {
    if (!map_segment(kernel, process, tables, segment)) return false;
  }
  for (uint32_t done = kPageSize; done <= entry.stack_size; done += kPageSize) {
    uint32_t physical = 0;
    const uint32_t address = abi::kStackTop - done;
    if (!map_fresh(kernel, process, address, arch::Access::kReadWrite, physical)) return false;
  }
  if (!map_arguments(kernel, process)) return false;
  process.pages_limit = process.pages + entry.memory_quota / kPageSize;
  process.flags = entry.flags;
  process.restart = entry.restart;
  kernel.begin_process(process);
  return kernel.new_thread(process, entry.entry, abi::kStackTop, abi::kArgumentsBase,
                           process.priority_limit) != nullptr;
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
}

void Kernel::add_memory(uint32_t base, std::span<Frame> storage, uint32_t free_from) {
  frames = storage;
  ram_base = base;
  // The last page is for a panic's record.
  panic_record = reinterpret_cast<abi::PanicRecord*>(
      arch::ram(base + static_cast<uint32_t>(storage.size() - 1) * kPageSize));
  for (size_t i = storage.size() - 1; i-- > (free_from - base) / kPageSize;) {
    free_frame(frames[i]);
    ++unpromised;
  }
  frames_usable = unpromised;
}

bool Kernel::start_image(std::span<const std::byte> image, uint32_t physical) {
  const auto refuse = [&](auto... why) { return log.line("kernel: bad image: ", why...), false; };
  if (image.size() < sizeof(abi::ImageHeader)) return refuse("no header");
  const auto& header = *reinterpret_cast<const abi::ImageHeader*>(image.data());
  if (header.magic != abi::kImageMagic || header.format != abi::kImageFormat ||
      header.total_size < sizeof header || header.total_size > image.size()) {
    return refuse("header");
  }
  Tables tables{.image = image.first(header.total_size), .physical = physical};
  if (!table(tables.image, header.process_offset, header.process_count, tables.processes) ||
      !table(tables.image, header.segment_offset, header.segment_count, tables.segments) ||
      !table(tables.image, header.grant_offset, header.grant_count, tables.grants) ||
      !table(tables.image, header.service_offset, header.service_count, tables.services)) {
    return refuse("tables");
  }
  if (tables.processes.size() >= kMaxProcesses) return refuse("too many processes");
  if (tables.services.size() > kMaxServices ||
      sizeof(abi::ProcessArguments) + tables.services.size_bytes() > kPageSize) {
    return refuse("too many services");
  }
  for (const abi::Grant& grant : tables.grants) {
    const bool names_service =
        grant.kind == abi::GrantKind::kConnect || grant.kind == abi::GrantKind::kServe;
    if (names_service && grant.a >= tables.services.size()) return refuse("service of a grant");
  }
  services = tables.services;
  image_flags = header.flags;
  for (size_t i = 0; i < tables.processes.size(); ++i) {
    const abi::ProcessEntry& entry = tables.processes[i];
    const std::string_view fault = fault_of(tables, entry);
    if (!fault.empty()) return refuse("process ", static_cast<uint32_t>(i + 1), ": ", fault);
    if (!start_process(*this, tables, entry, static_cast<uint8_t>(i + 1))) {
      return refuse("process ", static_cast<uint32_t>(i + 1), " does not fit");
    }
  }
  arch::sync();
  log.line("kernel: ready, ", static_cast<uint32_t>(tables.processes.size()), " processes");
  return true;
}

}  // namespace kernel
