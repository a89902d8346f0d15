#include "firmware/images/pack.h"

#include <algorithm>
#include <cstdio>

#include "firmware/boot/image.h"
#include "kernel/abi/image.h"
#include "kernel/abi/layout.h"
#include "kernel/abi/message.h"

namespace firmware::images {
namespace {

using kernel::abi::ImageHeader;
using kernel::abi::kPageSize;
using kernel::abi::ProcessEntry;
using kernel::abi::Segment;

constexpr uint32_t kKernelBase = 0xc000'0000;  // where the kernel sees the start of RAM

constexpr uint64_t pages_up(uint64_t bytes) {
  return (bytes + kPageSize - 1) / kPageSize * kPageSize;
}

std::string hex(uint32_t value) {
  char text[11];
  std::snprintf(text, sizeof text, "0x%08x", static_cast<unsigned>(value));
  return text;
}

/// A file that grows at its end; what is written stays where it is.
class Writer {
 public:
  void put_at(uint64_t offset, std::span<const std::byte> what) {
    if (bytes_.size() < offset + what.size()) bytes_.resize(offset + what.size());
    std::ranges::copy(what, bytes_.begin() + static_cast<ptrdiff_t>(offset));
  }
  void grow_to(uint64_t size) { bytes_.resize(std::max<uint64_t>(size, bytes_.size())); }
  void align() { bytes_.resize(pages_up(bytes_.size())); }

  template <class T>
  uint32_t put_table(const std::vector<T>& table) {
    bytes_.resize((bytes_.size() + 7) / 8 * 8);
    const uint32_t offset = bytes_.size();
    put_at(offset, std::as_bytes(std::span(table)));
    return offset;
  }

  /// Puts whole pages, zeros behind `what`, and returns where they are. Equal contents are put
  /// once.
  uint32_t put_pages(std::span<const std::byte> what) {
    for (const auto& [offset, size] : pages_)
      if (size == what.size() && std::equal(what.begin(), what.end(), bytes_.begin() + offset))
        return offset;
    align();
    const uint32_t offset = bytes_.size();
    put_at(offset, what);
    align();
    pages_.emplace_back(offset, what.size());
    return offset;
  }

  Bytes& bytes() { return bytes_; }

 private:
  Bytes bytes_;
  std::vector<std::pair<uint32_t, size_t>> pages_;
};

/// Where the kernel goes, from how it was linked.
struct KernelPlace {
  uint32_t offset = 0, size = 0, memory = 0;
  uint32_t pools = 0, pools_size = 0;
};

class Layout {
 public:
  Layout(const System& system, const Executable& kernel, std::span<const Process> processes,
         const Resolved& resolved)
      : system_(system), kernel_(kernel), processes_(processes), resolved_(resolved) {}

  Outcome<Bytes> run() {
    const KernelPlace place = TRY(place_kernel());
    put_kernel(place);
    TRY(make_entries());
    TRY(check_programs());

    ImageHeader header{.flags = flags(),
                       .version = system_.version,
                       .load_address = system_.memory,
                       .kernel_offset = place.offset,
                       .kernel_size = place.size,
                       .kernel_memory = place.memory,
                       .pools_offset = place.pools,
                       .pools_size = place.pools_size,
                       .process_count = static_cast<uint32_t>(entries_.size()),
                       .segment_count = static_cast<uint32_t>(segments_.size()),
                       .grant_count = static_cast<uint32_t>(grants_.size()),
                       .service_count = static_cast<uint32_t>(resolved_.services.size())};
    std::ranges::copy(system_.build.value, header.build.begin());
    // Contents first need their offsets, tables theirs: tables have a known size, so they go first.
    header.process_offset = out_.put_table(entries_);
    header.segment_offset = out_.put_table(segments_);
    header.grant_offset = out_.put_table(grants_);
    header.service_offset = out_.put_table(resolved_.services);
    put_contents();
    out_.put_at(header.segment_offset, std::as_bytes(std::span(segments_)));

    if (out_.bytes().size() > system_.memory_size)
      return Failure{"the image has " + std::to_string(out_.bytes().size()) +
                     " bytes, more than the RAM it is loaded to; leave out processes"};
    if (place.pools_size != 0 && out_.bytes().size() > place.pools)
      return Failure{"the image has " + std::to_string(out_.bytes().size()) +
                     " bytes and reaches into the kernel's pools at " + hex(place.pools) +
                     " from the start of RAM; leave out processes, or move the pools in "
                     "kernel/arch/armv7a/kernel.ld"};
    header.total_size = header.signed_size = out_.bytes().size();
    out_.put_at(0, std::as_bytes(std::span(&header, 1)));

    const boot::Refusal refusal = boot::check_tables(out_.bytes());
    if (refusal != boot::Refusal::kNone)
      return Failure{"the bootstrap would refuse this system: " +
                     std::string(boot::sentence(refusal))};
    return std::move(out_.bytes());
  }

 private:
  uint32_t flags() const {
    switch (system_.kind) {
      case ImageKind::kTest:
        return kernel::abi::kImageTest;
      case ImageKind::kRelease:
        return kernel::abi::kImageRelease;
      case ImageKind::kDevelopment:
        break;
    }
    return 0;
  }

  /// A kernel segment's distance from the start of RAM, whether its load address is physical or the
  /// kernel's view of it.
  uint64_t from_ram(const ElfSegment& segment) const {
    if (segment.physical >= system_.memory &&
        segment.physical - system_.memory < system_.memory_size)
      return segment.physical - system_.memory;
    return uint64_t{segment.physical} - kKernelBase;  // below the base: huge, and refused
  }

  Outcome<KernelPlace> place_kernel() const {
    uint64_t begin = UINT64_MAX, file_end = 0, memory_end = 0;
    uint64_t pools = UINT64_MAX, pools_end = 0;
    for (const ElfSegment& segment : kernel_.elf.segments) {
      const uint64_t from = from_ram(segment);
      if (from > system_.memory_size || segment.memory_size > system_.memory_size - from)
        return Failure{kernel_.file + ": segment at " + hex(segment.address) +
                       " is not in RAM; link the kernel at " + hex(kKernelBase) +
                       " plus its distance from the start of RAM"};
      if (segment.contents.empty()) {  // nothing but zeros
        pools = std::min(pools, from);
        pools_end = std::max(pools_end, from + segment.memory_size);
        continue;
      }
      begin = std::min(begin, from);
      file_end = std::max(file_end, from + segment.contents.size());
      memory_end = std::max(memory_end, from + segment.memory_size);
    }
    if (begin < kPageSize || begin % kPageSize != 0)
      return Failure{
          kernel_.file + ": begins " + hex(static_cast<uint32_t>(begin)) +
          " from the start of RAM; it must begin on a page behind the image's header: at " +
          hex(kKernelBase + kPageSize)};
    if (pools_end != 0 && (begin == UINT64_MAX || pools < memory_end))
      return Failure{kernel_.file + ": begins with nothing but zeros, or has them in its middle"};
    const uint32_t entry = kernel_.elf.entry;
    const auto first = static_cast<uint32_t>(begin);
    if (entry != kKernelBase + first && entry != system_.memory + first)
      return Failure{
          kernel_.file + ": its entry point " + hex(entry) +
          " is not its first byte, where the bootstrap jumps to; put the start code first"};
    return KernelPlace{.offset = first,
                       .size = static_cast<uint32_t>(file_end - begin),
                       .memory = static_cast<uint32_t>(pages_up(memory_end - begin)),
                       .pools = pools_end == 0 ? 0 : static_cast<uint32_t>(pools),
                       .pools_size = pools_end == 0 ? 0 : static_cast<uint32_t>(pools_end - pools)};
  }

  /// Its stacks are in the file, as zeros: the memory behind it belongs to what follows.
  void put_kernel(const KernelPlace& place) {
    for (const ElfSegment& segment : kernel_.elf.segments)
      if (!segment.contents.empty()) out_.put_at(from_ram(segment), segment.contents);
    out_.grow_to(uint64_t{place.offset} + place.memory);
  }

  static uint32_t flags_of(const Manifest& manifest) {
    return (manifest.holds_keys ? uint32_t{kernel::abi::kProcessHoldsKeys} : 0) |
           (manifest.later.value ? uint32_t{kernel::abi::kProcessLater} : 0);
  }

  Outcome<void> make_entries() {
    for (size_t i = 0; i < processes_.size(); ++i) {
      const Manifest& manifest = *processes_[i].manifest;
      const Rights& rights = resolved_.rights[i];
      ProcessEntry entry{.entry = processes_[i].program->elf.entry,
                         .stack_size = manifest.stack,
                         .priority = manifest.priority,
                         .memory_quota = manifest.memory,
                         .first_segment = static_cast<uint32_t>(segments_.size()),
                         .first_grant = static_cast<uint32_t>(grants_.size()),
                         .grant_count = static_cast<uint32_t>(rights.grants.size()),
                         .syscalls = rights.syscalls,
                         .flags = flags_of(manifest),
                         .restart = manifest.restart};
      if (manifest.name.value.size() >= entry.name.size())
        return Failure{manifest.name.place.text() + "`" + manifest.name.value +
                       "` is too long with its instance number; shorten the name"};
      std::ranges::copy(manifest.name.value, entry.name.begin());
      for (const ElfSegment& segment : processes_[i].program->elf.segments) {
        segments_.push_back(
            {.address = segment.address,
             .file_size = static_cast<uint32_t>(segment.contents.size()),
             .memory_size = segment.memory_size,
             .flags = (segment.write ? uint32_t{kernel::abi::kSegmentWrite} : 0) |
                      (segment.execute ? uint32_t{kernel::abi::kSegmentExecute} : 0)});
        contents_.push_back(segment.contents);
      }
      entry.segment_count = segments_.size() - entry.first_segment;
      grants_.insert(grants_.end(), rights.grants.begin(), rights.grants.end());
      entries_.push_back(entry);
    }
    return {};
  }

  /// What check_tables would only call "a segment that breaks the rules".
  Outcome<void> check_programs() const {
    using namespace kernel::abi;
    for (const Process& process : processes_) {
      const std::string& file = process.program->file;
      for (const ElfSegment& segment : process.program->elf.segments) {
        const std::string where = file + ": segment at " + hex(segment.address);
        if (segment.write && segment.execute)
          return Failure{where +
                         " is both writable and executable; give code and data pages of their own"};
        if (segment.address % kPageSize != 0)
          return Failure{where + " does not begin on a page; align it in the linker script"};
        if (segment.address < kImageBase ||
            segment.address + pages_up(segment.memory_size) >= kImageEnd)
          return Failure{where + " is outside " + hex(kImageBase) + " to " + hex(kImageEnd) +
                         ", where programs live; see kernel/abi/layout.h"};
        if (!segment.write && pages_up(segment.contents.size()) != pages_up(segment.memory_size))
          return Failure{where + " is read-only, yet asks for zeros that are not in the file"};
      }
      TRY(check_pages_apart(process));
      TRY(check_entry(process));
    }
    return {};
  }

  static Outcome<void> check_pages_apart(const Process& process) {
    const std::vector<ElfSegment>& segments = process.program->elf.segments;
    for (size_t i = 1; i < segments.size(); ++i)
      if (segments[i - 1].address + pages_up(segments[i - 1].memory_size) > segments[i].address)
        return Failure{process.program->file + ": the segments at " + hex(segments[i - 1].address) +
                       " and " + hex(segments[i].address) +
                       " share a page; align them in the linker script"};
    return {};
  }

  static Outcome<void> check_entry(const Process& process) {
    const uint32_t entry = process.program->elf.entry;
    for (const ElfSegment& segment : process.program->elf.segments)
      if (segment.execute && entry >= segment.address &&
          entry - segment.address < segment.contents.size())
        return {};
    return Failure{process.program->file + ": its entry point " + hex(entry) +
                   " is not in its code; name it with ENTRY in the linker script"};
  }

  void put_contents() {
    for (size_t i = 0; i < segments_.size(); ++i)
      segments_[i].offset = out_.put_pages(contents_[i]);
  }

  const System& system_;
  const Executable& kernel_;
  std::span<const Process> processes_;
  const Resolved& resolved_;
  Writer out_;
  std::vector<ProcessEntry> entries_;
  std::vector<Segment> segments_;
  std::vector<kernel::abi::Grant> grants_;
  std::vector<std::span<const std::byte>> contents_;
};

}  // namespace

Outcome<Bytes> lay_out(const System& system, const Executable& kernel,
                       std::span<const Process> processes, const Resolved& resolved) {
  return Layout(system, kernel, processes, resolved).run();
}

}  // namespace firmware::images
