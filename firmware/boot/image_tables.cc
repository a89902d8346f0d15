// check_tables(): the rules of kernel/abi/image.h and layout.h, in the order an image states
// things.
#include <cstring>

#include "firmware/boot/image.h"
#include "kernel/abi/layout.h"
#include "kernel/abi/message.h"

namespace firmware::boot {
namespace {

using kernel::abi::Grant;
using kernel::abi::GrantKind;
using kernel::abi::ImageHeader;
using kernel::abi::kPageSize;
using kernel::abi::ProcessEntry;
using kernel::abi::Segment;
using kernel::abi::ServiceEntry;

constexpr uint32_t kPriorities = 32;
constexpr uint32_t kMaxProcesses = 255;  // a pid is a byte, and 0 is nobody
constexpr uint32_t kInterrupts = 128;
// Per process. Generous, and keeps the work that hostile counts can cause small.
constexpr uint32_t kMaxSegments = 16;
constexpr uint32_t kMaxGrants = 256;

constexpr uint64_t pages_up(uint64_t bytes) {
  return (bytes + kPageSize - 1) / kPageSize * kPageSize;
}

/// The image, read through copies: a table need not be aligned in the caller's memory.
class Tables {
 public:
  explicit Tables(std::span<const std::byte> image) : image_(image) {
    std::memcpy(&header, image.data(), sizeof header);
  }
  Segment segment(uint32_t i) const { return at<Segment>(header.segment_offset, i); }
  Grant grant(uint32_t i) const { return at<Grant>(header.grant_offset, i); }
  ProcessEntry process(uint32_t i) const { return at<ProcessEntry>(header.process_offset, i); }
  ServiceEntry service(uint32_t i) const { return at<ServiceEntry>(header.service_offset, i); }

  bool holds(uint32_t offset, uint32_t count, size_t size) const {
    return offset % 8 == 0 && offset >= sizeof(ImageHeader) && offset <= image_.size() &&
           count <= (image_.size() - offset) / size;
  }
  /// Whether [offset, offset + size) of the file is clear of the memory that the kernel runs in.
  bool clear_of_kernel(uint64_t offset, uint64_t size) const {
    const uint64_t kernel = header.kernel_offset;
    return size == 0 || offset >= kernel + header.kernel_memory || offset + size <= kernel;
  }

  ImageHeader header;

 private:
  template <class T>
  T at(uint32_t offset, uint32_t i) const {
    T item;
    std::memcpy(&item, image_.data() + offset + i * sizeof(T), sizeof item);
    return item;
  }
  std::span<const std::byte> image_;
};

/// Text of at least one character, printable, NUL-padded, the last byte NUL.
template <size_t N>
bool name_ok(const std::array<char, N>& name) {
  size_t length = 0;
  while (length < N && name[length] > ' ' && name[length] <= '~') ++length;
  if (length == 0 || length == N) return false;
  for (size_t i = length; i < N; ++i)
    if (name[i] != 0) return false;
  return true;
}

bool segment_ok(const Segment& segment, const Tables& tables) {
  using namespace kernel::abi;
  const uint64_t end = uint64_t{segment.address} + pages_up(segment.memory_size);
  const bool write = segment.flags & kSegmentWrite;
  const bool execute = segment.flags & kSegmentExecute;
  // The last page of the range stays unmapped, to guard what is above it.
  return segment.address % kPageSize == 0 && segment.address >= kImageBase && end < kImageEnd &&
         segment.memory_size != 0 && segment.file_size <= segment.memory_size &&
         segment.offset % kPageSize == 0 && segment.offset >= sizeof(ImageHeader) &&
         segment.offset + pages_up(segment.file_size) <= tables.header.total_size &&
         tables.clear_of_kernel(segment.offset, pages_up(segment.file_size)) &&
         (segment.flags & ~uint32_t{kSegmentWrite | kSegmentExecute}) == 0 && !(write && execute) &&
         // A read-only segment is mapped in place, so its zeros too must be in the file.
         (write || pages_up(segment.file_size) == pages_up(segment.memory_size));
}

bool apart(const Segment& a, const Segment& b) {
  return uint64_t{a.address} + pages_up(a.memory_size) <= b.address ||
         uint64_t{b.address} + pages_up(b.memory_size) <= a.address;
}

bool grant_ok(const Grant& grant, const Tables& tables) {
  using namespace kernel::abi;
  switch (grant.kind) {
    case GrantKind::kConnect:  // bit 0, which is no method, stands for notifications
    case GrantKind::kChildConnect:
      return grant.a < tables.header.service_count && grant.mask != 0;
    case GrantKind::kServe:
      return grant.a < tables.header.service_count;
    case GrantKind::kDevice:
      return grant.a % kPageSize == 0 && grant.b % kPageSize == 0 && grant.b != 0 &&
             uint64_t{grant.a} + grant.b <= uint64_t{1} << 32;
    case GrantKind::kInterrupt:
      return grant.a < kInterrupts;
    case GrantKind::kDma:
      return grant.b % kPageSize == 0 && grant.b != 0;
    case GrantKind::kSupervise:
      return grant.a < tables.header.process_count || grant.a == kEveryProcess;
    case GrantKind::kChildren:
      return grant.a != 0 && grant.a < kMaxProcesses && grant.b % kPageSize == 0 && grant.b != 0;
  }
  return false;
}

/// A policy that restarts says how often within what time; the others say neither.
bool restart_ok(const kernel::abi::Restart& restart) {
  using kernel::abi::RestartPolicy;
  switch (restart.policy) {
    case RestartPolicy::kNever:
      return restart.limit == 0 && restart.window_s == 0;
    case RestartPolicy::kOnFailure:
    case RestartPolicy::kAlways:
      return restart.limit != 0 && restart.window_s != 0;
  }
  return false;
}

Refusal check_process(const ProcessEntry& process, uint32_t index, const Tables& tables) {
  using namespace kernel::abi;
  const ImageHeader& header = tables.header;
  if (!name_ok(process.name) || process.priority >= kPriorities || process.stack_size == 0 ||
      process.stack_size % kPageSize != 0 || process.stack_size > kernel::abi::kMostStack ||
      (process.flags & ~uint32_t{kProcessHoldsKeys | kProcessLater}) != 0 ||
      !restart_ok(process.restart) || process.segment_count > kMaxSegments ||
      process.grant_count > kMaxGrants || process.first_segment > header.segment_count ||
      process.segment_count > header.segment_count - process.first_segment ||
      process.first_grant > header.grant_count ||
      process.grant_count > header.grant_count - process.first_grant)
    return Refusal::kProcess;

  bool entry_found = false;
  for (uint32_t i = 0; i < process.segment_count; ++i) {
    const Segment segment = tables.segment(process.first_segment + i);
    if (!segment_ok(segment, tables)) return Refusal::kSegment;
    for (uint32_t j = 0; j < i; ++j)
      if (!apart(segment, tables.segment(process.first_segment + j))) return Refusal::kSegment;
    entry_found |= (segment.flags & kSegmentExecute) && process.entry >= segment.address &&
                   process.entry - segment.address < segment.file_size;
  }
  if (!entry_found || process.entry % 4 != 0) return Refusal::kProcess;

  for (uint32_t i = 0; i < process.grant_count; ++i) {
    const Grant grant = tables.grant(process.first_grant + i);
    if (!grant_ok(grant, tables)) return Refusal::kGrant;
    if (grant.kind == GrantKind::kServe && tables.service(grant.a).process != index)
      return Refusal::kService;
  }
  return Refusal::kNone;
}

}  // namespace

Refusal check_tables(std::span<const std::byte> image) {
  if (image.size() < sizeof(ImageHeader)) return Refusal::kTruncated;
  const Tables tables(image);
  const ImageHeader& header = tables.header;
  if (header.total_size != image.size()) return Refusal::kSize;

  const struct {
    uint32_t offset, count;
    size_t size;
  } ranges[] = {{header.process_offset, header.process_count, sizeof(ProcessEntry)},
                {header.segment_offset, header.segment_count, sizeof(Segment)},
                {header.grant_offset, header.grant_count, sizeof(Grant)},
                {header.service_offset, header.service_count, sizeof(ServiceEntry)}};
  for (const auto& range : ranges)
    if (!tables.holds(range.offset, range.count, range.size) ||
        !tables.clear_of_kernel(range.offset, range.count * range.size))
      return Refusal::kTables;
  if (header.process_count == 0 || header.process_count > kMaxProcesses) return Refusal::kTables;

  for (uint32_t i = 0; i < header.service_count; ++i) {
    const ServiceEntry service = tables.service(i);
    if (!name_ok(service.name) || service.process >= header.process_count) return Refusal::kService;
  }
  for (uint32_t i = 0; i < header.process_count; ++i) {
    const Refusal refusal = check_process(tables.process(i), i, tables);
    if (refusal != Refusal::kNone) return refusal;
  }
  return Refusal::kNone;
}

}  // namespace firmware::boot
