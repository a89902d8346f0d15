// The system image: the kernel, the first processes and what each may do. Written by the packer
// (firmware/images), verified by the boot chain, read by the kernel at start.
//
// Layout, from the image's first byte (offsets from there, little-endian, all structs 8-aligned):
//   ImageHeader | kernel binary | ProcessEntry[] | Segment[] | Grant[]... | ServiceEntry[] |
//   contents
// The image is loaded whole at ImageHeader::load_address, which is where the kernel runs from: its
// text and read-only data are used in place, as are the processes' read-only segments.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernel/abi/syscall.h"

namespace kernel::abi {

inline constexpr uint32_t kImageMagic = 0x314d5354;  // "TSM1"
inline constexpr uint32_t kImageFormat = 1;
inline constexpr size_t kSignatureSize = 64;
inline constexpr size_t kKeyIdSize = 8;

/// What kind of image this is. A test image says so on its console; release boot chains refuse it.
enum ImageFlags : uint32_t {
  kImageTest = 1,     ///< built for tests: the PMU counters are readable from user mode
  kImageRelease = 2,  ///< built for users
};

/// First 4 KiB page of an image. The Ed25519 signature covers bytes [signed_from, total_size) of
/// the image, that is everything but the magic, the signature and the key id.
struct ImageHeader {
  uint32_t magic = kImageMagic;
  uint32_t total_size = 0;                   ///< bytes, header included
  std::array<uint8_t, kKeyIdSize> key_id{};  ///< first bytes of SHA-512 of the public key
  std::array<uint8_t, kSignatureSize> signature{};
  // --- signed from here (offset kSignedFrom) ---
  uint32_t format = kImageFormat;
  uint32_t flags = 0;
  uint32_t signed_size = 0;    ///< equals total_size; the copy that the signature covers
  uint32_t version = 0;        ///< for anti-rollback: never goes down
  uint32_t load_address = 0;   ///< physical
  uint32_t kernel_offset = 0;  ///< page-aligned; execution starts at its first byte, MMU off
  uint32_t kernel_size = 0;    ///< bytes of the file
  uint32_t kernel_memory = 0;  ///< bytes in memory: adds its stacks
  /// Memory behind the image that the kernel's pools take, from load_address on. No part of the
  /// file.
  uint32_t pools_offset = 0, pools_size = 0;
  uint32_t process_offset = 0;
  uint32_t process_count = 0;
  uint32_t segment_offset = 0;
  uint32_t segment_count = 0;
  uint32_t grant_offset = 0;
  uint32_t grant_count = 0;
  uint32_t service_offset = 0;
  uint32_t service_count = 0;
  std::array<char, 32> build{};  ///< printable, for the console: name and version of the build
};
inline constexpr size_t kSignedFrom = offsetof(ImageHeader, format);
static_assert(kSignedFrom == 80 && sizeof(ImageHeader) == 184);

enum SegmentFlags : uint32_t { kSegmentWrite = 1, kSegmentExecute = 2 };  // never both

/// A piece of a process. Read-only ones are mapped from the image in place, so their content is
/// page-aligned in the image and padded with zeros to whole pages.
struct Segment {
  uint32_t address = 0;      ///< virtual, page-aligned
  uint32_t offset = 0;       ///< in the image, page-aligned
  uint32_t file_size = 0;    ///< bytes
  uint32_t memory_size = 0;  ///< bytes; what is past file_size starts as zeros
  uint32_t flags = 0;
  uint32_t reserved = 0;
};

/// One right of one process.
enum class GrantKind : uint32_t {
  kConnect = 1,    ///< may connect: a = service id, mask = allowed methods (bit n: opcode n)
  kServe = 2,      ///< serves: a = service id
  kDevice = 3,     ///< may map: a = physical address, b = bytes
  kInterrupt = 4,  ///< may claim: a = source number
  kDma = 5,        ///< may have memory for a device to reach: b = bytes in all
  kSupervise = 6,  ///< may start and kill: a = index in ProcessEntry[], or kEveryProcess
  kChildren = 7,  ///< may create processes: a = how many at once, b = bytes of quota for each, mask
                  ///< = SyscallMask
  kChildConnect = 8,  ///< may let a created process connect: a = service id, mask = methods
};
inline constexpr uint32_t kEveryProcess = 0xffff'ffff;
struct Grant {
  GrantKind kind{};  ///< 0: no right
  uint32_t a = 0;
  uint32_t b = 0;
  uint32_t reserved = 0;
  uint64_t mask = 0;
};

enum ProcessFlags : uint32_t {
  kProcessHoldsKeys = 1,  ///< its VFP registers are cleared as soon as another thread runs
  kProcessLater = 2,      ///< not started at boot, but by kProcessStart
};

/// What a supervisor does when the process ends. The kernel only hands it on.
enum class RestartPolicy : uint8_t { kNever = 0, kOnFailure = 1, kAlways = 2 };
struct Restart {
  RestartPolicy policy = RestartPolicy::kNever;
  uint8_t limit = 0;      ///< this often within the window; then no more
  uint16_t window_s = 0;  ///< seconds
};

/// A process that the kernel starts, in table order; entry i becomes pid i + 1.
struct ProcessEntry {
  std::array<char, 24> name{};  ///< manifest name, NUL-padded, for reports
  uint32_t entry = 0;           ///< address of the first instruction, ARM state
  uint32_t stack_size =
      0;                  ///< bytes of the first thread's stack, whole pages; guard pages are added
  uint32_t priority = 0;  ///< of the first thread, and the limit for the others: 0..31
  uint32_t memory_quota = 0;  ///< bytes it may hold beyond its segments and stack
  uint32_t first_segment = 0, segment_count = 0;  ///< in Segment[]
  uint32_t first_grant = 0, grant_count = 0;      ///< in Grant[]
  SyscallMask syscalls = 0;
  uint32_t flags = 0;  ///< ProcessFlags
  Restart restart{};
};

/// A name that a process may serve. Service ids are indices in this table, from 0.
struct ServiceEntry {
  std::array<char, 32> name{};  ///< "os/console", NUL-padded
  uint32_t process = 0;         ///< index in ProcessEntry[] of its only server
  uint32_t reserved = 0;
};

/// What the boot chain tells the kernel, in r0 (physical address of this, MMU off, caches clean).
struct BootInfo {
  static constexpr uint32_t kMagic = 0x544f4f42;  // "BOOT"
  uint32_t magic = kMagic;
  uint32_t image = 0;        ///< physical address of the ImageHeader
  uint32_t memory = 0;       ///< physical address of RAM
  uint32_t memory_size = 0;  ///< bytes
  uint32_t reset_cause = 0;  ///< RSTC_SR.RSTTYP of this boot
  /// Added to a physical address of RAM, gives the address of the same byte through the memory
  /// encryption, which the boot chain has keyed. 0: there is none.
  uint32_t encrypted_alias = 0;
  uint32_t reserved[2] = {};
  std::array<uint32_t, 8> seed{};  ///< fresh random bits, for address layouts
};

/// What a process finds in its registers when it starts: r0 = the address of its ProcessArguments,
/// mapped read-only; sp = top of its stack, lr = 0.
struct ProcessArguments {
  uint32_t pid = 0;
  uint32_t generation = 0;
  uint32_t image_flags = 0;
  uint32_t service_count = 0;
  uint32_t services = 0;                  ///< address of ServiceEntry[service_count], read-only
  uint32_t heap_begin = 0, heap_end = 0;  ///< the free range for kMap
  uint32_t image = 0;  ///< where the first segment is, which is linked for kImageBase
};

}  // namespace kernel::abi
