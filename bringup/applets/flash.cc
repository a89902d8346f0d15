#include "bringup/applets/flash.h"

#include <algorithm>

#include "base/modules.h"

namespace bringup::applets {
namespace {

constexpr uint8_t kModule = base::module_number("bringup/applets/flash.cc");
constexpr uint32_t kBlockSize = drivers::sdmmc::mmc::kBlockSize;

}  // namespace

Answer Flash::call(const Call& call) {
  const auto result = perform(call);
  if (!result) return {.error = result.error()};
  return {.error = {}, .a = *result};
}

base::Result<uint32_t> Flash::perform(const Call& call) {
  switch (static_cast<FlashOperation>(call.operation)) {
    case FlashOperation::kInit:
      TRY(card_.start());
      return uint32_t{card_.info().blocks};
    case FlashOperation::kWrite:
      TRY(check_memory(call.a, call.c));
      TRY(card_.write_dma(call.b, call.a, call.c));
      return 0u;
    case FlashOperation::kRead:
      TRY(check_memory(call.a, call.c));
      TRY(card_.read_dma(call.b, call.a, call.c));
      return 0u;
    case FlashOperation::kCardCrc:
      return card_crc(call.b, call.c);
    case FlashOperation::kMemoryCrc:
      return memory_crc(call.a, call.c);
    case FlashOperation::kErase:
      TRY(card_.erase(call.b, call.c));
      return 0u;
  }
  return FAIL(kInvalid);
}

base::Result<void> Flash::check_memory(uint32_t address, uint32_t blocks) {
  if (blocks == 0 || blocks > ~0u / kBlockSize) return FAIL(kInvalid);
  if (memory_.view(address, blocks * kBlockSize).empty()) return FAIL(kInvalid);
  return {};
}

base::Result<uint32_t> Flash::card_crc(uint32_t block, uint32_t count) {
  const uint32_t room = scratch_.size / kBlockSize;
  if (count == 0) return FAIL(kInvalid);
  crc_.start();
  while (count > 0) {
    const uint32_t piece = std::min(room, count);
    TRY(card_.read_dma(block, scratch_.address, piece));
    const auto bytes = memory_.view(scratch_.address, piece * kBlockSize);
    if (bytes.empty()) return FAIL(kInvalid);
    crc_.add(bytes);
    block += piece;
    count -= piece;
  }
  return crc_.value();
}

base::Result<uint32_t> Flash::memory_crc(uint32_t address, uint32_t size) {
  const auto bytes = memory_.view(address, size);
  if (bytes.empty()) return FAIL(kInvalid);
  crc_.start();
  crc_.add(bytes);
  return crc_.value();
}

}  // namespace bringup::applets
