// The e.MMC protocol in numbers: what host and card must agree on. JEDEC JESD84-B50 (e.MMC 5.0),
// chapters "Commands", "Device status" and "Extended CSD register".
#pragma once

#include <cstdint>

namespace drivers::sdmmc::mmc {

inline constexpr uint32_t kBlockSize = 512;

/// Command indices.
enum Command : uint8_t {
  kGoIdle = 0,
  kSendOpCond = 1,
  kAllSendCid = 2,
  kSetRelativeAddress = 3,
  kSetDsr = 4,
  kSleepAwake = 5,
  kSwitch = 6,
  kSelect = 7,
  kSendExtCsd = 8,
  kSendCsd = 9,
  kSendCid = 10,
  kStopTransmission = 12,
  kSendStatus = 13,
  kGoInactive = 15,
  kSetBlockLength = 16,
  kReadSingle = 17,
  kReadMultiple = 18,
  kSetBlockCount = 23,
  kWriteSingle = 24,
  kWriteMultiple = 25,
  kEraseGroupStart = 35,
  kEraseGroupEnd = 36,
  kErase = 38,
  kAppCommand = 55,
};

/// Device status (R1) bits.
enum Status : uint32_t {
  kAddressOutOfRange = 1u << 31,
  kAddressMisaligned = 1u << 30,
  kBlockLengthError = 1u << 29,
  kEraseSequenceError = 1u << 28,
  kEraseParameter = 1u << 27,
  kWriteProtectViolation = 1u << 26,
  kDeviceLocked = 1u << 25,
  kLockFailed = 1u << 24,
  kCommandCrcError = 1u << 23,
  kIllegalCommand = 1u << 22,
  kEccFailed = 1u << 21,
  kControllerError = 1u << 20,
  kError = 1u << 19,
  kCidOverwrite = 1u << 16,
  kEraseSkip = 1u << 15,
  kEraseReset = 1u << 13,
  kReadyForData = 1u << 8,
  kSwitchError = 1u << 7,
  kExceptionEvent = 1u << 6,
  kAppCommandExpected = 1u << 5,
};
/// The bits that say something went wrong.
inline constexpr uint32_t kStatusErrors =
    kAddressOutOfRange | kAddressMisaligned | kBlockLengthError | kEraseSequenceError |
    kEraseParameter | kWriteProtectViolation | kLockFailed | kCommandCrcError | kIllegalCommand |
    kEccFailed | kControllerError | kError | kCidOverwrite | kEraseSkip | kEraseReset |
    kSwitchError;

/// CURRENT_STATE, bits 12:9 of R1. kInactive is no value of the field: such a card never answers.
enum class State : uint8_t {
  kIdle = 0,
  kReady = 1,
  kIdentification = 2,
  kStandby = 3,
  kTransfer = 4,
  kData = 5,
  kReceive = 6,
  kProgramming = 7,
  kDisconnect = 8,
  kBusTest = 9,
  kSleep = 10,
  kInactive = 0xff,
};
constexpr State state_of(uint32_t status) {
  return static_cast<State>(status >> 9 & 0xf);
}

/// Operating conditions (OCR), argument and response of CMD1.
inline constexpr uint32_t kOcrReady = 1u << 31;        ///< power-up is finished
inline constexpr uint32_t kOcrSectorMode = 1u << 30;   ///< addresses count 512-byte sectors
inline constexpr uint32_t kOcrVoltages = 0x00ff'8080;  ///< 2.7-3.6 V and 1.70-1.95 V

/// SWITCH (CMD6) argument with access "write byte".
constexpr uint32_t switch_argument(uint8_t index, uint8_t value) {
  return 3u << 24 | uint32_t{index} << 16 | uint32_t{value} << 8;
}

/// CMD38 arguments.
inline constexpr uint32_t kEraseGroups = 0;  ///< whole erase groups
inline constexpr uint32_t kEraseTrim = 1;    ///< exactly the sectors named

/// Bytes of EXT_CSD.
enum ExtCsd : uint16_t {
  kRstFunction = 162,
  kWriteReliabilityParameter = 166,
  kRpmbSizeMult = 168,
  kBootWriteProtect = 173,
  kEraseGroupDef = 175,
  kBootBusConditions = 177,
  kPartitionConfig = 179,
  kErasedContent = 181,
  kBusWidth = 183,
  kHsTiming = 185,
  kPowerClass = 187,
  kRevision = 192,
  kCsdStructure = 194,
  kDeviceType = 196,
  kPartitionSwitchTime = 199,
  kSectorCount = 212,  // four bytes
  kSleepTimeout = 217,
  kReliableWriteSectors = 222,
  kEraseTimeoutMult = 223,
  kHcEraseGroupSize = 224,
  kBootSizeMult = 226,
  kSecureFeatures = 231,
  kTrimMult = 232,
  kGenericSwitchTime = 248,
  kPreEndOfLife = 267,
  kLifeTimeA = 268,
  kLifeTimeB = 269,
  kCommandSets = 504,
};
inline constexpr uint8_t kDeviceType26 = 1, kDeviceType52 = 2;
inline constexpr uint8_t kSecureFeatureTrim = 0x10;

}  // namespace drivers::sdmmc::mmc
