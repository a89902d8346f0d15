// What is left of a process that has ended (kCrashRead), and of a kernel that panicked.
#pragma once

#include <array>
#include <cstdint>

namespace kernel::abi {

enum class EndReason : uint32_t { kExited = 0, kFaulted = 1, kKilled = 2 };

inline constexpr unsigned kBacktraceDepth = 8;

struct CrashRecord {
  uint32_t identity = 0;  ///< of the process that ended
  EndReason reason = EndReason::kExited;
  uint32_t exit_code = 0;  ///< kExited only
  uint32_t address = 0;    ///< that was reached for
  std::array<char, 24> name{};
  std::array<char, 32> kind{};  ///< of the fault, as in the log
  uint64_t time_ns = 0;         ///< as kClock
  uint32_t image = 0;           ///< ProcessArguments::image of the process
  uint32_t frames = 0;          ///< in backtrace
  std::array<uint32_t, 15> r{};
  uint32_t pc = 0;
  uint32_t status = 0;
  std::array<uint32_t, kBacktraceDepth>
      backtrace{};  ///< call sites, innermost first: a hint, not a proof
  uint32_t reserved = 0;
};
static_assert(sizeof(CrashRecord) == 192);

/// At the start of the last page of RAM, which nobody else uses, so that the next boot finds it.
struct PanicRecord {
  static constexpr uint32_t kMagic = 0x43494e50;  // "PNIC"
  uint32_t magic = 0;
  uint32_t crc = 0;  ///< CRC-32 (IEEE) of all that follows
  std::array<char, 96> why{};
  std::array<uint32_t, 15> r{};  ///< of the kernel if it faulted
  uint32_t pc = 0, status = 0;
  uint32_t fault_status = 0, fault_address = 0;  ///< DFSR, DFAR
  uint32_t current = 0;                          ///< Identity of the process that ran
  uint64_t time_ns = 0;
  uint32_t log_size = 0;  ///< of `log`, the newest bytes of the kernel's log
  uint32_t reserved = 0;
  std::array<char, 1024> log{};
};

}  // namespace kernel::abi
