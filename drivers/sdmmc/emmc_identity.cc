// The card's registers at delivery: CID, CSD and EXT_CSD.
#include "drivers/sdmmc/emmc_model.h"

namespace drivers::sdmmc {
namespace {

/// Sets bits [low + width - 1 : low] of a 128-bit register whose bits 31:0 are words[0].
void set_field(std::array<uint32_t, 4>& words, unsigned low, unsigned width, uint32_t value) {
  for (unsigned i = 0; i < width; ++i) {
    const unsigned bit = low + i;
    const uint32_t mask = 1u << bit % 32;
    words[bit / 32] = (words[bit / 32] & ~mask) | (value >> i & 1 ? mask : 0);
  }
}

/// CRC7 (x^7 + x^3 + 1) over bits 127:8, into bits 7:1; bit 0 is always 1.
void seal(std::array<uint32_t, 4>& words) {
  uint32_t crc = 0;
  for (int bit = 127; bit >= 8; --bit) {
    const uint32_t in = words[bit / 32] >> bit % 32 & 1;
    const bool carry = (crc >> 6 ^ in) & 1;
    crc = crc << 1 & 0x7f;
    if (carry) crc ^= 0x09;
  }
  set_field(words, 1, 7, crc);
  set_field(words, 0, 1, 1);
}

}  // namespace

void EmmcModel::build_cid() {
  cid_ = {};
  set_field(cid_, 120, 8, 0xfe);  // manufacturer: none that exists
  set_field(cid_, 112, 2, 1);     // soldered
  set_field(cid_, 104, 8, 'V');
  for (unsigned i = 0; i < 6; ++i)
    set_field(cid_, 96 - 8 * i, 8, static_cast<uint8_t>(config_.product[i]));
  set_field(cid_, 48, 8, 0x10);
  set_field(cid_, 16, 32, config_.serial);
  set_field(cid_, 8, 8, 0x1d);  // January 2026
  seal(cid_);
}

void EmmcModel::build_csd() {
  csd_ = {};
  set_field(csd_, 126, 2, 3);     // version: see EXT_CSD
  set_field(csd_, 122, 4, 4);     // of the 4.x and 5.x specifications
  set_field(csd_, 112, 8, 0x27);  // access time 1.5 ms
  set_field(csd_, 104, 8, 1);
  set_field(csd_, 96, 8, 0x32);    // 26 MHz before high speed
  set_field(csd_, 84, 12, 0x035);  // classes 0, 2, 4, 5
  set_field(csd_, 80, 4, 9);       // 512-byte blocks
  set_field(csd_, 62, 12, 0xfff);  // size: see SEC_COUNT
  set_field(csd_, 50, 12, 07777);  // currents
  set_field(csd_, 47, 3, 7);
  set_field(csd_, 42, 5, 31);  // erase groups of 32 x 32 blocks
  set_field(csd_, 37, 5, 31);
  set_field(csd_, 26, 3, 2);
  set_field(csd_, 22, 4, 9);
  set_field(csd_, 13, 1, faults.write_protected);
  seal(csd_);
}

void EmmcModel::build_ext_csd() {
  ext_csd_ = {};
  ext_csd_[mmc::kWriteReliabilityParameter] = 0;
  ext_csd_[mmc::kRevision] = 7;  // 5.0
  ext_csd_[mmc::kCsdStructure] = 2;
  ext_csd_[mmc::kDeviceType] = mmc::kDeviceType26 | mmc::kDeviceType52;
  ext_csd_[mmc::kPartitionSwitchTime] = 1;  // 10 ms
  for (unsigned i = 0; i < 4; ++i)
    ext_csd_[mmc::kSectorCount + i] = static_cast<uint8_t>(sectors_ >> 8 * i);
  ext_csd_[mmc::kSleepTimeout] = 0x11;
  ext_csd_[mmc::kReliableWriteSectors] = 1;
  ext_csd_[mmc::kEraseTimeoutMult] = 1;  // 300 ms a group
  ext_csd_[mmc::kHcEraseGroupSize] = 1;  // 512 KiB
  if (boot_[0])
    ext_csd_[mmc::kBootSizeMult] = static_cast<uint8_t>(boot_[0]->size() / (128 * 1024));
  ext_csd_[mmc::kSecureFeatures] = mmc::kSecureFeatureTrim;
  ext_csd_[mmc::kTrimMult] = 1;
  ext_csd_[mmc::kGenericSwitchTime] = 5;  // 50 ms
  ext_csd_[mmc::kPreEndOfLife] = 1;
  ext_csd_[mmc::kLifeTimeA] = 1;
  ext_csd_[mmc::kLifeTimeB] = 1;
  ext_csd_[mmc::kCommandSets] = 1;
}

}  // namespace drivers::sdmmc
