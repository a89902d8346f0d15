// The controller as a bus master: SDMA and ADMA2.
#include <algorithm>
#include <cstring>

#include "drivers/sdmmc/sdmmc_model.h"
#include "drivers/sdmmc/sdmmc_regs.h"

namespace drivers::sdmmc {
namespace {

constexpr uint8_t kFetching = 1, kMoving = 3, kLengthMismatch = 1 << 2;
// A table that links in circles keeps the controller busy, not the host: so many descriptors, then
// virtual time goes on.
constexpr unsigned kDescriptorsAtOnce = 64;

}  // namespace

bool SdmmcModel::dma_enabled() const {
  return tmr_ & Regs::Tmr::kDmaEnable.kMask;
}

bool SdmmcModel::adma_selected() const {
  return (hc1r_ >> 3 & 3) == Regs::Hc1r::kAdma2;
}

void SdmmcModel::start_dma() {
  descriptor_left_ = 0;
  descriptor_end_ = descriptor_interrupt_ = dma_ending_ = false;
}

bool SdmmcModel::transfer(uint32_t address, std::span<std::byte> bytes) {
  return reading_ ? memory_.write(address, bytes) : memory_.read(address, bytes);
}

SdmmcModel::Moved SdmmcModel::move() {
  return adma_selected() ? move_adma() : move_sdma();
}

/// What follows when DMA has done, or not done, its part for the present block.
void SdmmcModel::moved(Moved result) {
  if (result != Moved::kAll) return;
  if (dma_ending_) {
    dma_ending_ = false;
    return end_transfer();
  }
  if (reading_) return next_block();
  send_block();
}

void SdmmcModel::continue_dma() {
  if (phase_ != Phase::kReadDrain && phase_ != Phase::kWriteFill) return;
  moved(dma_ending_ ? end_adma() : move());
}

SdmmcModel::Moved SdmmcModel::move_sdma() {
  const uint32_t boundary = 4096u << (bsr_ >> 12 & 7);
  while (block_at_ < block_.size()) {
    const size_t length = std::min<size_t>(block_.size() - block_at_, boundary - ssar_ % boundary);
    if (!transfer(ssar_, std::span(block_).subspan(block_at_, length))) return adma_failed(kMoving);
    block_at_ += length;
    ssar_ += static_cast<uint32_t>(length);
    const bool more =
        block_at_ < block_.size() || ((tmr_ & Regs::Tmr::kMultiBlock.kMask) && bcr_ != 1);
    if (ssar_ % boundary == 0 && more) {
      raise(Regs::Nistr::kDma.kMask);  // goes on when software writes SSAR
      return Moved::kPaused;
    }
  }
  return Moved::kAll;
}

SdmmcModel::Moved SdmmcModel::adma_failed(uint8_t state) {
  aesr_ = state;
  data_failed(Regs::Eistr::kAdma.kMask);
  return Moved::kFailed;
}

SdmmcModel::Moved SdmmcModel::fetch_descriptor() {
  Descriptor descriptor;
  std::array<std::byte, sizeof descriptor> bytes;
  if (!memory_.read(asar_, bytes)) return adma_failed(kFetching);
  std::memcpy(&descriptor, bytes.data(), sizeof descriptor);
  if (!(descriptor.attributes & Descriptor::kValid)) return adma_failed(kFetching);
  const unsigned action = descriptor.attributes & Descriptor::kActionMask;
  asar_ = action == Descriptor::kLink ? descriptor.address & ~3u
                                      : asar_ + static_cast<uint32_t>(sizeof descriptor);
  descriptor_end_ = descriptor.attributes & Descriptor::kEnd;
  descriptor_interrupt_ = descriptor.attributes & Descriptor::kInterrupt;
  if (action == Descriptor::kTransfer) {
    descriptor_address_ = descriptor.address & ~3u;
    descriptor_left_ = descriptor.length == 0 ? Descriptor::kMaxLength : descriptor.length;
  } else if (descriptor_interrupt_) {
    raise(Regs::Nistr::kDma.kMask);
  }
  return Moved::kAll;
}

SdmmcModel::Moved SdmmcModel::move_adma() {
  for (unsigned fetched = 0; block_at_ < block_.size();) {
    if (descriptor_left_ == 0) {
      if (descriptor_end_) return adma_failed(kLengthMismatch);  // the table is too short
      if (fetched++ == kDescriptorsAtOnce) {
        world_.arm(dma_event_, world_.now() + base::model::kMicrosecond);
        return Moved::kPaused;
      }
      if (fetch_descriptor() == Moved::kFailed) return Moved::kFailed;
      continue;
    }
    const size_t length = std::min<size_t>(block_.size() - block_at_, descriptor_left_);
    if (!transfer(descriptor_address_, std::span(block_).subspan(block_at_, length)))
      return adma_failed(kMoving);
    block_at_ += length;
    descriptor_address_ += static_cast<uint32_t>(length);
    descriptor_left_ -= static_cast<uint32_t>(length);
    if (descriptor_left_ == 0 && descriptor_interrupt_) raise(Regs::Nistr::kDma.kMask);
  }
  return Moved::kAll;
}

/// All data have moved: what is left of the table must say so.
SdmmcModel::Moved SdmmcModel::end_adma() {
  for (unsigned fetched = 0;; ++fetched) {
    if (descriptor_left_ > 0) return adma_failed(kLengthMismatch);
    if (descriptor_end_) return Moved::kAll;
    if (fetched == kDescriptorsAtOnce) {
      world_.arm(dma_event_, world_.now() + base::model::kMicrosecond);
      return Moved::kPaused;
    }
    if (fetch_descriptor() == Moved::kFailed) return Moved::kFailed;
  }
}

}  // namespace drivers::sdmmc
