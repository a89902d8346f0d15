#include "firmware/images/matrix.h"

#include <array>
#include <cstdio>
#include <cstring>

#include "firmware/boot/image.h"
#include "kernel/abi/image.h"
#include "kernel/abi/message.h"

namespace firmware::images {
namespace {

using namespace kernel::abi;

template <class T>
T at(std::span<const std::byte> image, uint32_t offset, uint32_t index) {
  T item;
  std::memcpy(&item, image.data() + offset + index * sizeof item, sizeof item);
  return item;
}

std::string number(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

/// `{0x..., 0x...}`
std::string list(std::span<const uint64_t> values) {
  std::string text = "{";
  for (const uint64_t value : values) text += (text.size() > 1 ? ", " : "") + number(value);
  return text + "}";
}

}  // namespace

Outcome<std::string> matrix(std::span<const std::byte> image) {
  if (image.size() < sizeof(ImageHeader)) return Failure{"not a system image: too short"};
  const auto header = at<ImageHeader>(image, 0, 0);
  if (header.magic != kImageMagic) return Failure{"not a system image"};
  if (header.total_size > image.size()) return Failure{"the system image is truncated"};
  const boot::Refusal refusal = boot::check_tables(image.first(header.total_size));
  if (refusal != boot::Refusal::kNone) return Failure{std::string(boot::sentence(refusal))};

  std::string text =
      "// Made by touchstone-pack from an image: do not edit.\n"
      "constexpr Rights kRights[] = {\n";
  std::string devices = "constexpr uint32_t kDevices[][2] = {\n";
  for (uint32_t i = 0; i < header.process_count; ++i) {
    const auto process = at<ProcessEntry>(image, header.process_offset, i);
    std::array<uint64_t, kMaxMethods> methods{};
    uint64_t serves = 0, supervises = 0;
    std::array<uint64_t, 4> interrupts{};
    std::string own_devices = "{";
    for (uint32_t j = 0; j < process.grant_count; ++j) {
      const auto grant = at<Grant>(image, header.grant_offset, process.first_grant + j);
      if (grant.kind == GrantKind::kConnect && grant.a < methods.size())
        methods[grant.a] |= grant.mask;
      if (grant.kind == GrantKind::kServe && grant.a < 64) serves |= uint64_t{1} << grant.a;
      if (grant.kind == GrantKind::kInterrupt && grant.a < 256)
        interrupts[grant.a / 64] |= uint64_t{1} << grant.a % 64;
      if (grant.kind == GrantKind::kSupervise)
        supervises |= grant.a == kEveryProcess ? ~uint64_t{0} : uint64_t{1} << grant.a % 64;
      if (grant.kind != GrantKind::kDevice) continue;
      own_devices += (own_devices.size() > 1 ? ", " : "") + number(grant.a);
      devices += "  {" + number(grant.a) + ", " + number(grant.b) + "},\n";
    }
    text += "  // " + std::string(process.name.data()) +
            "\n  {.syscalls = " + number(process.syscalls) +
            ", .methods = " + list(std::span(methods).first(header.service_count)) +
            ", .serves = " + number(serves) + ", .supervises = " + number(supervises) +
            ", .interrupts = " + list(interrupts) + ", .devices = " + own_devices + "}},\n";
  }
  return text + "};\n" + devices + "  {0, 0},\n};\n";
}

}  // namespace firmware::images
