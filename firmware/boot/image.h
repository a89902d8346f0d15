// The bootstrap's judgement of a system image: what may be loaded, and what may be started.
//
// Everything in an image is hostile until its signature is good, and the card may answer
// differently each time it is read. So: read_header() decides from the first bytes whether and
// where to load; then the whole image is read once into memory; then judge() looks only at that
// copy.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "kernel/abi/image.h"

namespace firmware::boot {

/// Why an image is not started. Each has one sentence for the console.
enum class Refusal : uint32_t {
  kNone = 0,
  kNotAnImage,
  kFormat,
  kSize,
  kTruncated,
  kLoadAddress,
  kTooLarge,
  kKernelRange,
  kTables,
  kSegment,
  kProcess,
  kGrant,
  kService,
  kOtherKey,
  kSignature,
  kDevelopmentKey,
  kTestImage,
  kChanged,
  kCount,
};

/// Ends the line `boot: REFUSED: ...`; no full stop.
std::string_view sentence(Refusal refusal);

/// Where an image may go, and how much of one there can be.
struct Room {
  uint32_t memory = 0;       ///< physical address of RAM
  uint32_t memory_size = 0;  ///< bytes; memory + memory_size does not wrap
  uint64_t available = 0;    ///< bytes of the partition that holds the image
};

using KeyId = std::array<uint8_t, kernel::abi::kKeyIdSize>;
using PublicKey = std::array<uint8_t, 32>;

/// A key whose signature this bootstrap believes.
struct TrustedKey {
  std::string_view name;
  PublicKey key{};
  bool development = false;  ///< its secret half is known to everybody
};

/// What an image must be for this bootstrap, beyond well-formed and signed.
enum class Policy { kDevelopment, kRelease };

/// First bytes of SHA-512 of the key: how an image names the key it was signed with.
KeyId key_id(const PublicKey& key);

/// The header of an image whose first bytes are `first` (at least sizeof(ImageHeader) of them), if
/// it could be loaded into `room`: magic, format, sizes, load address and every offset and count in
/// bounds. Nothing in it is trusted yet.
base::Result<kernel::abi::ImageHeader, Refusal> read_header(std::span<const std::byte> first,
                                                            const Room& room);

/// The outcome of judge(). The values of `verdict` differ in many bits, so that a glitch that flips
/// one or skips a store does not turn a refusal into an approval.
enum class Verdict : uint32_t { kRefused = 0x5a3c9d16, kApproved = 0xa5c362e9 };
struct Judgement {
  Verdict verdict = Verdict::kRefused;
  Refusal refusal = Refusal::kNone;
  const TrustedKey* key = nullptr;  ///< that signed the image, when approved
  uint32_t entry = 0;               ///< physical address of the kernel's first instruction
};

/// Judges the image in memory. `image` is exactly total_size bytes at `planned.load_address`, where
/// `planned` came from read_header. Approved: signed by one of `keys`, allowed by `policy`, and
/// well-formed.
Judgement judge(std::span<const std::byte> image, const kernel::abi::ImageHeader& planned,
                const Room& room, std::span<const TrustedKey> keys, Policy policy);

/// Whether the tables of a whole image agree with themselves and with kernel/abi: every range
/// inside the image, segments page-aligned, inside the program's part of the address space, apart
/// from each other and never both writable and executable, grants and services in range. kNone if
/// so. The signature is not looked at; the packer uses this on what it wrote.
Refusal check_tables(std::span<const std::byte> image);

}  // namespace firmware::boot
