// A small, valid, signed system image for tests, and a way to damage it.
#pragma once

#include <sodium/crypto_sign_ed25519.h>

#include <array>
#include <cstring>
#include <vector>

#include "firmware/boot/image.h"
#include "kernel/abi/layout.h"
#include "kernel/abi/message.h"

namespace firmware::boot {

/// One kernel, a server and a client of two segments each. Change `header` and the tables, then
/// bytes() lays them out and signs.
struct SmallImage {
  static constexpr uint32_t kPage = kernel::abi::kPageSize;
  static constexpr Room kRoom{
      .memory = 0x2000'0000, .memory_size = 128 << 20, .available = 1 << 20};

  explicit SmallImage(uint8_t key_number = 1) {
    std::array<unsigned char, crypto_sign_ed25519_SEEDBYTES> seed{key_number};
    crypto_sign_ed25519_seed_keypair(public_key.data(), secret_key.data(), seed.data());
    std::memcpy(header.key_id.data(), key_id(public_key).data(), header.key_id.size());
    std::strcpy(header.build.data(), "test image");
    header.total_size = header.signed_size = 7 * kPage;
    header.version = 3;
    header.load_address = kRoom.memory;
    header.kernel_offset = kPage;
    header.kernel_size = 600;
    header.kernel_memory = kPage;
    header.process_offset = 2 * kPage;
    header.process_count = 2;
    header.segment_offset = header.process_offset + 2 * sizeof(kernel::abi::ProcessEntry);
    header.segment_count = 4;
    header.grant_offset = header.segment_offset + 4 * sizeof(kernel::abi::Segment);
    header.grant_count = 4;
    header.service_offset = header.grant_offset + 4 * sizeof(kernel::abi::Grant);
    header.service_count = 1;
    for (unsigned i = 0; i < 2; ++i) {
      segments[2 * i] = {.address = kernel::abi::kImageBase,
                         .offset = (3 + 2 * i) * kPage,
                         .file_size = 100,
                         .memory_size = 100,
                         .flags = kernel::abi::kSegmentExecute};
      segments[2 * i + 1] = {.address = kernel::abi::kImageBase + kPage,
                             .offset = (4 + 2 * i) * kPage,
                             .file_size = 8,
                             .memory_size = 9000,
                             .flags = kernel::abi::kSegmentWrite};
      processes[i] = {.entry = kernel::abi::kImageBase + 4,
                      .stack_size = kPage,
                      .priority = 7 + i,
                      .memory_quota = 0,
                      .first_segment = 2 * i,
                      .segment_count = 2,
                      .first_grant = i ? 1u : 0u,
                      .grant_count = i ? 3u : 1u,
                      .syscalls = kernel::abi::kOrdinary};
    }
    std::strcpy(processes[0].name.data(), "server");
    std::strcpy(processes[1].name.data(), "client");
    std::strcpy(services[0].name.data(), "os/test");
    grants[0] = {.kind = kernel::abi::GrantKind::kServe, .a = 0};
    grants[1] = {.kind = kernel::abi::GrantKind::kConnect, .a = 0, .mask = 0b110};
    grants[2] = {.kind = kernel::abi::GrantKind::kDevice, .a = 0xf802'0000, .b = 0x4000};
    grants[3] = {.kind = kernel::abi::GrantKind::kInterrupt, .a = 25};
  }

  TrustedKey trusted(bool development = false) const {
    return {.name = "test", .key = public_key, .development = development};
  }

  /// The image's bytes without a valid signature.
  std::vector<std::byte> unsigned_bytes() const {
    std::vector<std::byte> bytes(7 * kPage);
    const auto put = [&](uint32_t offset, const auto& what) {
      std::memcpy(bytes.data() + offset, &what, sizeof what);
    };
    put(0, header);
    put(2 * kPage, processes);
    put(2 * kPage + sizeof processes, segments);
    put(2 * kPage + sizeof processes + sizeof segments, grants);
    put(2 * kPage + sizeof processes + sizeof segments + sizeof grants, services);
    return bytes;
  }

  void sign(std::vector<std::byte>& bytes) const {
    auto* raw = reinterpret_cast<unsigned char*>(bytes.data());
    crypto_sign_ed25519_detached(raw + offsetof(kernel::abi::ImageHeader, signature), nullptr,
                                 raw + kernel::abi::kSignedFrom,
                                 bytes.size() - kernel::abi::kSignedFrom, secret_key.data());
  }

  std::vector<std::byte> bytes() const {
    std::vector<std::byte> bytes = unsigned_bytes();
    sign(bytes);
    return bytes;
  }

  PublicKey public_key{};
  std::array<unsigned char, crypto_sign_ed25519_SECRETKEYBYTES> secret_key{};
  kernel::abi::ImageHeader header;
  std::array<kernel::abi::ProcessEntry, 2> processes;
  std::array<kernel::abi::Segment, 4> segments;
  std::array<kernel::abi::Grant, 4> grants;
  std::array<kernel::abi::ServiceEntry, 1> services;
};

/// As the bootstrap does it: header, then the whole copy.
inline Judgement load_and_judge(std::span<const std::byte> image, std::span<const TrustedKey> keys,
                                Policy policy = Policy::kDevelopment) {
  auto header = read_header(image, SmallImage::kRoom);
  if (!header) return {.refusal = header.error()};
  if (header->total_size > image.size()) return {.refusal = Refusal::kTruncated};
  return judge(image.first(header->total_size), *header, SmallImage::kRoom, keys, policy);
}

}  // namespace firmware::boot
