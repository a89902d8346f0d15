// From the card into RAM: finds the system's partition, decides from the image's header whether it
// may be loaded, loads it. Nothing is trusted yet; judge() comes after.
#pragma once

#include "base/result.h"
#include "firmware/boot/image.h"
#include "firmware/boot/mbr.h"
#include "firmware/boot/report.h"

namespace firmware::boot {

/// The card, in blocks of kBlockSize. Reads are whole blocks.
class Card {
 public:
  virtual uint32_t blocks() const = 0;
  virtual base::Result<void> read(uint32_t block, std::span<std::byte> out) = 0;

 protected:
  ~Card() = default;
};

/// RAM for images: `bytes` as this program sees it, `address` its physical address.
struct Ram {
  std::span<std::byte> bytes{};
  uint32_t address = 0;
};

/// An image in RAM, as loaded.
struct Loaded {
  std::span<const std::byte> image{};
  kernel::abi::ImageHeader header{};  ///< as read_header() saw it, before the image was loaded
  Room room{};
};

/// Says `boot: image ...` when there is one, and `boot: REFUSED: ...` when it returns nothing.
/// `scratch` is where the partition table and the header are read to.
std::optional<Loaded> load(Card& card, Ram ram, std::span<std::byte, kBlockSize> scratch,
                           Console& console);

/// judge() with its line: `boot: signature good, key NAME`, or `boot: REFUSED: ...`.
Judgement judge_loaded(const Loaded& loaded, std::span<const TrustedKey> keys, Policy policy,
                       Console& console);

}  // namespace firmware::boot
