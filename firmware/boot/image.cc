#include "firmware/boot/image.h"

#include <sodium/crypto_hash_sha512.h>
#include <sodium/crypto_sign_ed25519.h>

#include <cstring>

#include "kernel/abi/message.h"

namespace firmware::boot {
namespace {

using kernel::abi::ImageHeader;
using kernel::abi::kPageSize;

/// Whether `count` items of `size` bytes at `offset` lie within `total` bytes. No input overflows
/// it.
bool inside(uint64_t offset, uint64_t count, uint64_t size, uint64_t total) {
  return offset <= total && count <= (total - offset) / size;
}

bool table_ok(uint32_t offset, uint32_t count, size_t size, const ImageHeader& header) {
  return offset % 8 == 0 && offset >= sizeof(ImageHeader) &&
         inside(offset, count, size, header.total_size);
}

Refusal check_header(const ImageHeader& header, const Room& room) {
  if (header.magic != kernel::abi::kImageMagic) return Refusal::kNotAnImage;
  if (header.format != kernel::abi::kImageFormat) return Refusal::kFormat;
  if (header.total_size < kPageSize || header.total_size != header.signed_size)
    return Refusal::kSize;
  if (header.total_size > room.available) return Refusal::kTruncated;

  if (header.load_address < room.memory || header.load_address % kPageSize != 0)
    return Refusal::kLoadAddress;
  const uint64_t from = header.load_address - room.memory;
  if (from >= room.memory_size) return Refusal::kLoadAddress;
  if (header.total_size > room.memory_size - from) return Refusal::kTooLarge;

  if (header.kernel_offset % kPageSize != 0 || header.kernel_offset < sizeof(ImageHeader) ||
      header.kernel_size == 0 || header.kernel_memory < header.kernel_size ||
      !inside(header.kernel_offset, header.kernel_size, 1, header.total_size))
    return Refusal::kKernelRange;
  if (!inside(from + header.kernel_offset, header.kernel_memory, 1, room.memory_size) ||
      !inside(from + header.pools_offset, header.pools_size, 1, room.memory_size))
    return Refusal::kTooLarge;
  if (header.pools_size != 0 && header.pools_offset < header.total_size)
    return Refusal::kKernelRange;

  if (!table_ok(header.process_offset, header.process_count, sizeof(kernel::abi::ProcessEntry),
                header) ||
      !table_ok(header.segment_offset, header.segment_count, sizeof(kernel::abi::Segment),
                header) ||
      !table_ok(header.grant_offset, header.grant_count, sizeof(kernel::abi::Grant), header) ||
      !table_ok(header.service_offset, header.service_count, sizeof(kernel::abi::ServiceEntry),
                header))
    return Refusal::kTables;
  return Refusal::kNone;
}

ImageHeader header_of(std::span<const std::byte> image) {
  ImageHeader header;
  std::memcpy(&header, image.data(), sizeof header);
  return header;
}

Refusal check_signature(std::span<const std::byte> image, const ImageHeader& header,
                        const PublicKey& key) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(image.data());
  const int result =
      crypto_sign_ed25519_verify_detached(header.signature.data(), bytes + kernel::abi::kSignedFrom,
                                          header.total_size - kernel::abi::kSignedFrom, key.data());
  return result == 0 ? Refusal::kNone : Refusal::kSignature;
}

const TrustedKey* find_key(std::span<const TrustedKey> keys, const KeyId& id) {
  for (const TrustedKey& key : keys)
    if (key_id(key.key) == id) return &key;
  return nullptr;
}

Refusal check_policy(const ImageHeader& header, const TrustedKey& key, Policy policy) {
  if (policy == Policy::kDevelopment) return Refusal::kNone;
  if (key.development) return Refusal::kDevelopmentKey;
  const bool release = header.flags & kernel::abi::kImageRelease;
  const bool test = header.flags & kernel::abi::kImageTest;
  return release && !test ? Refusal::kNone : Refusal::kTestImage;
}

}  // namespace

KeyId key_id(const PublicKey& key) {
  std::array<uint8_t, crypto_hash_sha512_BYTES> hash;
  crypto_hash_sha512(hash.data(), key.data(), key.size());
  KeyId id;
  std::memcpy(id.data(), hash.data(), id.size());
  return id;
}

base::Result<ImageHeader, Refusal> read_header(std::span<const std::byte> first, const Room& room) {
  if (first.size() < sizeof(ImageHeader)) return Refusal::kTruncated;
  const ImageHeader header = header_of(first);
  const Refusal refusal = check_header(header, room);
  if (refusal != Refusal::kNone) return refusal;
  return header;
}

Judgement judge(std::span<const std::byte> image, const ImageHeader& planned, const Room& room,
                std::span<const TrustedKey> keys, Policy policy) {
  const auto refused = [](Refusal why) { return Judgement{.refusal = why}; };
  if (image.size() < sizeof(ImageHeader)) return refused(Refusal::kTruncated);

  // The copy in memory is what will run, so it is what counts, whatever the card said at first.
  const ImageHeader header = header_of(image);
  if (header.total_size != image.size() || std::memcmp(&header, &planned, sizeof header) != 0)
    return refused(Refusal::kChanged);
  const Refusal bounds = check_header(header, room);
  if (bounds != Refusal::kNone) return refused(bounds);

  const TrustedKey* key = find_key(keys, header.key_id);
  if (!key) return refused(Refusal::kOtherKey);
  const Refusal signature = check_signature(image, header, key->key);
  if (signature != Refusal::kNone) return refused(signature);
  const Refusal allowed = check_policy(header, *key, policy);
  if (allowed != Refusal::kNone) return refused(allowed);
  const Refusal tables = check_tables(image);
  if (tables != Refusal::kNone) return refused(tables);

  return {.verdict = Verdict::kApproved,
          .refusal = Refusal::kNone,
          .key = key,
          .entry = header.load_address + header.kernel_offset};
}

std::string_view sentence(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNone:
      return "no reason";
    case Refusal::kNotAnImage:
      return "there is no system image in the partition";
    case Refusal::kFormat:
      return "image has a format that this bootstrap does not know";
    case Refusal::kSize:
      return "image contradicts itself about its size";
    case Refusal::kTruncated:
      return "image is truncated";
    case Refusal::kLoadAddress:
      return "image wants to be loaded outside RAM";
    case Refusal::kTooLarge:
      return "image does not fit into RAM";
    case Refusal::kKernelRange:
      return "image has its kernel out of bounds";
    case Refusal::kTables:
      return "image has a table out of bounds";
    case Refusal::kSegment:
      return "image has a segment that breaks the rules";
    case Refusal::kProcess:
      return "image has a process that breaks the rules";
    case Refusal::kGrant:
      return "image has a grant that breaks the rules";
    case Refusal::kService:
      return "image has a service that breaks the rules";
    case Refusal::kOtherKey:
      return "image is signed by another key";
    case Refusal::kSignature:
      return "signature does not match";
    case Refusal::kDevelopmentKey:
      return "image is signed by a development key";
    case Refusal::kTestImage:
      return "image is not a release";
    case Refusal::kChanged:
      return "image changed while it was read";
    case Refusal::kCount:
      break;
  }
  return "unknown reason";
}

}  // namespace firmware::boot
