// The flasher's operations, free of the hardware they run on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bringup/applets/applet.h"
#include "bringup/applets/crc.h"
#include "drivers/sdmmc/emmc.h"

namespace bringup::applets {

/// What r0 asks for; the rest of Call is named per operation.
enum class FlashOperation : uint32_t {
  kInit = 0,       ///< Answer a: blocks of the card
  kWrite = 1,      ///< a: source address, b: first block, c: blocks
  kRead = 2,       ///< a: destination address, b: first block, c: blocks
  kCardCrc = 3,    ///< b: first block, c: blocks. Answer a: CRC-32
  kMemoryCrc = 4,  ///< a: address, c: bytes. Answer a: CRC-32
  kErase = 5,      ///< b: first block, c: blocks
};

/// The memory that addresses mean.
class Memory {
 public:
  /// The bytes there; empty if any of them is not memory.
  virtual std::span<std::byte> view(uint32_t address, uint32_t size) = 0;

 protected:
  ~Memory() = default;
};

class Flash {
 public:
  /// `scratch` is memory of at least one block that nobody else uses, for summing the card.
  struct Scratch {
    uint32_t address = 0, size = 0;
  };
  Flash(drivers::sdmmc::Emmc& card, Memory& memory, Scratch scratch)
      : card_(card), memory_(memory), scratch_(scratch) {}

  /// Errors, besides those of drivers/sdmmc/emmc.h: kInvalid: no such operation, or an address that
  /// is no memory. kNotFound: not initialised.
  Answer call(const Call& call);

 private:
  base::Result<uint32_t> perform(const Call& call);
  base::Result<void> check_memory(uint32_t address, uint32_t blocks);
  base::Result<uint32_t> card_crc(uint32_t block, uint32_t count);
  base::Result<uint32_t> memory_crc(uint32_t address, uint32_t size);

  drivers::sdmmc::Emmc& card_;
  Memory& memory_;
  Scratch scratch_;
  FastCrc32 crc_;
};

}  // namespace bringup::applets
