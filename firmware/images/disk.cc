#include "firmware/images/disk.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "firmware/boot/mbr.h"
#include "firmware/images/files.h"
#include "kernel/abi/image.h"

namespace firmware::images {
namespace {

namespace fs = std::filesystem;
using boot::kBlockSize;

constexpr size_t kTable = 446;

void put_word(Bytes& bytes, size_t at, uint32_t value) {
  for (unsigned i = 0; i < 4; ++i) bytes[at + i] = std::byte(value >> 8 * i);
}

void put_partition(Bytes& disk, unsigned index, uint8_t type, uint32_t first, uint32_t count) {
  const size_t at = kTable + 16 * index;
  // Cylinder, head and sector of both ends: "use the block numbers".
  const auto chs = {std::byte{0xfe}, std::byte{0xff}, std::byte{0xff}};
  std::ranges::copy(chs, disk.begin() + static_cast<ptrdiff_t>(at) + 1);
  disk[at + 4] = std::byte{type};
  std::ranges::copy(chs, disk.begin() + static_cast<ptrdiff_t>(at) + 5);
  put_word(disk, at + 8, first);
  put_word(disk, at + 12, count);
}

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

/// Runs mtools on an image file. Serial number and times are fixed, so that equal inputs give equal
/// bytes; no configuration of the user's is read.
Outcome<void> mtools(const std::string& command, const fs::path& log) {
  const std::string line =
      "LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=315532800 MTOOLSRC=/dev/null "
      "MTOOLS_SKIP_CHECK=1 " +
      command + " > " + quoted(log) + " 2>&1";
  const int status = std::system(line.c_str());
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
    return Failure{"mtools are not installed; run ./rig install, or apt-get install mtools"};
  auto words = read_file(log);
  return Failure{"failed: " + command + "\n" +
                 (words ? std::string(reinterpret_cast<const char*>(words->data()), words->size())
                        : std::string())};
}

Outcome<Bytes> make_fat(uint32_t first, uint32_t blocks, std::span<const std::byte> bootstrap,
                        const fs::path& scratch) {
  const fs::path fat = scratch / "fat12", file = scratch / "boot.bin", log = scratch / "log";
  TRY(write_file(fat, Bytes(size_t{blocks} * kBlockSize)));
  TRY(write_file(file, bootstrap));
  TRY(mtools("mformat -i " + quoted(fat) + " -T " + std::to_string(blocks) +
                 " -h 2 -s 32 -c 4 -H " + std::to_string(first) + " -N 54534d31 -v TOUCHSTONE ::",
             log));
  TRY(mtools("mcopy -i " + quoted(fat) + " " + quoted(file) + " ::boot.bin", log));
  return read_file(fat);
}

}  // namespace

Outcome<Bytes> make_disk(const DiskLayout& layout, std::span<const std::byte> bootstrap,
                         std::span<const std::byte> image, const fs::path& scratch) {
  if (bootstrap.empty() || bootstrap.size() > kMaxBootstrap)
    return Failure{"the bootstrap has " + std::to_string(bootstrap.size()) +
                   " bytes; the ROM loads 1 to " + std::to_string(kMaxBootstrap)};
  const uint32_t system_blocks = layout.blocks - layout.system_first;
  if (image.size() > uint64_t{system_blocks} * kBlockSize)
    return Failure{"the system image has " + std::to_string(image.size()) +
                   " bytes, its partition only " +
                   std::to_string(uint64_t{system_blocks} * kBlockSize) +
                   "; leave out processes or make the disk larger"};

  Bytes disk(size_t{layout.blocks} * kBlockSize);
  const uint32_t boot_blocks = layout.system_first - layout.boot_first;
  put_partition(disk, 0, boot::kFat12Type, layout.boot_first, boot_blocks);
  put_partition(disk, 1, boot::kSystemType, layout.system_first, system_blocks);
  disk[510] = std::byte{0x55};
  disk[511] = std::byte{0xaa};

  const fs::path folder = scratch / ("mtools." + std::to_string(::getpid()));
  const RemovedAtEnd cleanup(folder);
  std::error_code error;
  fs::create_directories(folder, error);
  const Bytes fat = TRY(make_fat(layout.boot_first, boot_blocks, bootstrap, folder));
  std::ranges::copy(fat, disk.begin() + static_cast<ptrdiff_t>(layout.boot_first) * kBlockSize);
  std::ranges::copy(image, disk.begin() + static_cast<ptrdiff_t>(layout.system_first) * kBlockSize);
  return disk;
}

Outcome<void> damage(Bytes& disk, Damage how) {
  const Failure none{"there is no system image on this disk"};
  if (disk.size() < kBlockSize) return none;
  const auto partition = boot::find_partition(std::span(disk).first<kBlockSize>(),
                                              boot::kSystemType, disk.size() / kBlockSize);
  if (!partition) return none;
  kernel::abi::ImageHeader header;
  const size_t at = size_t{partition->first_block} * kBlockSize;
  if (partition->bytes() < sizeof header) return none;
  std::memcpy(&header, disk.data() + at, sizeof header);
  if (header.magic != kernel::abi::kImageMagic || header.total_size > partition->bytes() ||
      header.total_size < 4096)
    return none;

  switch (how) {
    case Damage::kPayload:
      disk[at + header.total_size - 1000] ^= std::byte{0x10};
      return {};
    case Damage::kTruncated: {
      const uint32_t blocks = header.total_size / kBlockSize / 2;
      put_partition(disk, 1, boot::kSystemType, partition->first_block, blocks);
      std::fill(disk.begin() + static_cast<ptrdiff_t>(at + size_t{blocks} * kBlockSize), disk.end(),
                std::byte{0});
      return {};
    }
  }
  return none;
}

}  // namespace firmware::images
