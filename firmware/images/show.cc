#include "firmware/images/show.h"

#include <cstdio>
#include <cstring>

#include "firmware/boot/image.h"
#include "firmware/boot/mbr.h"
#include "firmware/images/resolve.h"
#include "kernel/abi/image.h"

namespace firmware::images {
namespace {

using namespace kernel::abi;

template <class... A>
std::string format(const char* pattern, A... arguments) {
  char text[256];
  std::snprintf(text, sizeof text, pattern, arguments...);
  return text;
}

template <class T>
T at(std::span<const std::byte> image, uint32_t offset, uint32_t index) {
  T item;
  std::memcpy(&item, image.data() + offset + index * sizeof item, sizeof item);
  return item;
}

std::string names_of(SyscallMask calls) {
  std::string text;
  for (unsigned i = 0; i < 64; ++i) {
    if (!(calls >> i & 1)) continue;
    const std::string_view name = syscall_name(static_cast<Syscall>(i));
    text += " " + (name.empty() ? std::to_string(i) : std::string(name));
  }
  return text;
}

std::string describe(const Grant& grant, std::span<const std::byte> image,
                     const ImageHeader& header) {
  switch (grant.kind) {
    case GrantKind::kDevice:
      return format("  device     0x%08x, 0x%x bytes\n", grant.a, grant.b);
    case GrantKind::kInterrupt:
      return format("  interrupt  %u\n", grant.a);
    case GrantKind::kDma:
      return format("  dma        0x%x bytes\n", grant.b);
    case GrantKind::kSupervise:
      if (grant.a == kEveryProcess) return "  supervises every process\n";
      return format("  supervises %s\n",
                    at<ProcessEntry>(image, header.process_offset, grant.a).name.data());
    case GrantKind::kChildren:
      return format(
                 "  creates    at most %u processes of 0x%x bytes, system calls beyond the "
                 "ordinary:",
                 grant.a, grant.b) +
             names_of(grant.mask & ~kOrdinary) + "\n";
    case GrantKind::kServe:
    case GrantKind::kConnect:
    case GrantKind::kChildConnect:
      break;
  }
  const auto service = at<ServiceEntry>(image, header.service_offset, grant.a);
  if (grant.kind == GrantKind::kServe) return format("  serves     %s\n", service.name.data());
  std::string text = format(grant.kind == GrantKind::kConnect ? "  may call  " : "  passes on ") +
                     " " + service.name.data() + ":";
  const interfaces::InterfaceInfo* info = interfaces::find_interface(service.name.data());
  if (grant.mask & 1) text += " " + std::string(ipc::kNotifyPermission);
  for (unsigned i = 1; i < kMaxMethods; ++i) {
    if (!(grant.mask >> i & 1)) continue;
    std::string name = "method " + std::to_string(i);
    if (info)
      for (const ipc::Method& method : info->methods)
        if (method.opcode == i) name = method.name;
    text += " " + name;
  }
  return text + "\n";
}

/// How it is started, restarted and looked after, where that is not the usual way.
std::string conduct_of(const ProcessEntry& process) {
  std::string text;
  if (process.flags & kProcessLater) text += "  starts     when its supervisor says so\n";
  if (process.flags & kProcessHoldsKeys) text += "  holds keys: its VFP registers are cleared\n";
  if (process.restart.policy != RestartPolicy::kNever)
    text += format("  restarts   %s, at most %u times in %u s\n",
                   process.restart.policy == RestartPolicy::kAlways ? "always" : "after a failure",
                   process.restart.limit, process.restart.window_s);
  return text;
}

}  // namespace

Outcome<std::string> show(std::span<const std::byte> image) {
  if (image.size() >= boot::kBlockSize) {
    const auto partition = boot::find_partition(image.first<boot::kBlockSize>(), boot::kSystemType,
                                                image.size() / boot::kBlockSize);
    if (partition)
      image = image.subspan(size_t{partition->first_block} * boot::kBlockSize, partition->bytes());
  }
  if (image.size() < sizeof(ImageHeader)) return Failure{"not a system image: too short"};
  const auto header = at<ImageHeader>(image, 0, 0);
  if (header.magic != kImageMagic) return Failure{"not a system image"};
  if (header.total_size > image.size()) return Failure{"the system image is truncated"};
  image = image.first(header.total_size);
  const boot::Refusal refusal = boot::check_tables(image);
  if (refusal != boot::Refusal::kNone) return Failure{std::string(boot::sentence(refusal))};

  std::string text = format("image      %.31s, version %u%s%s, %u bytes\n", header.build.data(),
                            header.version, header.flags & kImageTest ? ", test" : "",
                            header.flags & kImageRelease ? ", release" : "", header.total_size);
  text += "key id     ";
  for (const uint8_t byte : header.key_id) text += format("%02x", byte);
  text +=
      format("\nkernel     at 0x%08x, %u bytes, %u in memory, %u of pools at 0x%08x\n",
             header.load_address + header.kernel_offset, header.kernel_size, header.kernel_memory,
             header.pools_size, header.load_address + header.pools_offset);
  for (uint32_t i = 0; i < header.process_count; ++i) {
    const auto process = at<ProcessEntry>(image, header.process_offset, i);
    text += format("process %u: %s, entry 0x%08x, stack %u, priority %u, memory %u\n", i + 1,
                   process.name.data(), process.entry, process.stack_size, process.priority,
                   process.memory_quota);
    text += conduct_of(process);
    for (uint32_t j = 0; j < process.segment_count; ++j) {
      const auto segment = at<Segment>(image, header.segment_offset, process.first_segment + j);
      text += format("  segment    0x%08x r%c%c, %u bytes of %u, at 0x%x\n", segment.address,
                     segment.flags & kSegmentWrite ? 'w' : '-',
                     segment.flags & kSegmentExecute ? 'x' : '-', segment.file_size,
                     segment.memory_size, segment.offset);
    }
    for (uint32_t j = 0; j < process.grant_count; ++j)
      text +=
          describe(at<Grant>(image, header.grant_offset, process.first_grant + j), image, header);
    if (const SyscallMask more = process.syscalls & ~kOrdinary)
      text += "  calls     " + names_of(more) + "\n";
  }
  return text;
}

}  // namespace firmware::images
