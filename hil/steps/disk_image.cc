#include "hil/steps/disk_image.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "hil/script/quantity.h"
#include "kernel/abi/image.h"

namespace hil::steps {
namespace {

constexpr uint64_t kBlock = 512;

uint32_t little_endian(const uint8_t* bytes) {
  return uint32_t{bytes[0]} | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 |
         uint32_t{bytes[3]} << 24;
}

}  // namespace

probes::Outcome<void> check_image(const std::filesystem::path& file, uint64_t limit,
                                  ImageKind kind) {
  using probes::Failure;
  const std::string name = "image " + file.string();
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(file, error);
  if (error) return Failure{name + " cannot be read: " + error.message()};
  if (size == 0) return Failure{name + " is empty; build it again"};
  if (size > limit)
    return Failure{name + " is too large: " + script::write_size(size) +
                   ", the board's flash has " + script::write_size(limit)};
  if (kind == ImageKind::kRaw) return {};

  std::array<uint8_t, kBlock> sector{};
  std::ifstream stream(file, std::ios::binary);
  stream.read(reinterpret_cast<char*>(sector.data()), kBlock);
  if (kind == ImageKind::kSystem) {
    if (little_endian(sector.data()) != kernel::abi::kImageMagic)
      return Failure{name +
                     " is no system image (it does not begin with TSM1), and this board boots "
                     "nothing else; name one, or add `raw: true`"};
    const uint32_t total = little_endian(sector.data() + 4);
    if (total > size)
      return Failure{name + " is truncated: its header speaks of " + script::write_size(total) +
                     ", the file has " + script::write_size(size) + "; build it again"};
    return {};
  }
  if (stream.gcount() < static_cast<std::streamsize>(kBlock) || sector[510] != 0x55 ||
      sector[511] != 0xaa)
    return Failure{name +
                   " is no disk image (it has no partition table), so the board's ROM could "
                   "not boot it; name a .img file, or add `raw: true`"};
  uint64_t end = 1;
  for (size_t i = 0; i < 4; ++i) {
    const uint8_t* entry = sector.data() + 446 + 16 * i;
    if (entry[4] != 0)
      end = std::max(end, uint64_t{little_endian(entry + 8)} + little_endian(entry + 12));
  }
  if (end * kBlock > size)
    return Failure{name + " is truncated: its partition table reaches to " +
                   script::write_size(end * kBlock) + ", the file ends at " +
                   script::write_size(size) + "; build it again"};
  return {};
}

}  // namespace hil::steps
