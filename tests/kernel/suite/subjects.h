// The suite's hands on its subjects: it tells them what to do, notices how they end, and starts
// them again.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "firmware/runtime/mutex.h"
#include "kernel/abi/crash.h"
#include "tests/kernel/subject/actions.h"
#include "tests/kernel/suite/suite.h"

namespace suite {

using kernel::abi::CrashRecord;
using Words = std::array<uint32_t, 8>;

struct Answer {
  base::Error error{};
  Words words{};
  bool died() const { return error.word != 0 && error.code() == base::Code::kNotFound; }
};

class Subject {
 public:
  /// The process `name`, which serves `service`. False: not in this image.
  [[nodiscard]] bool find(std::string_view name, std::string_view service);

  /// An Act, whatever comes of it.
  Answer act(Action action, uint32_t a = 0, uint32_t b = 0, uint32_t c = 0, uint32_t d = 0,
             uint32_t e = 0, uint32_t f = 0, uint32_t g = 0) const;
  /// Any message of its interface; `words` go out and come back.
  base::Error send(kernel::abi::Kind kind, uint8_t opcode, Words& words) const;

  /// Waits for its end and how that came about, and starts it again. Nothing: it did not end within
  /// a second, or did not start.
  std::optional<CrashRecord> bury();

  /// Why the last start failed.
  uint32_t last_error() const { return last_error_; }
  uint32_t identity() const { return identity_; }
  uint32_t handle() const { return handle_; }
  uint32_t service() const { return service_; }

 private:
  uint32_t index_ = 0;  // in the image's process table
  uint32_t service_ = 0, handle_ = 0, identity_ = 0, last_error_ = 0;
};

/// Reads the kernel's records of ended processes for whoever waits for one. Runs in a thread.
void read_crash_records();
/// That thread shows `each` the records in place of keeping them; null: no more.
using Mourner = void (*)(const CrashRecord&);
void hand_records_to(Mourner each);

/// The record of the process with this identity, once there is one; at most a second.
std::optional<CrashRecord> record_of(uint32_t identity);

/// The image's process with this name: its index in the process table. None: there is no such one.
std::optional<uint32_t> index_of(std::string_view name);

/// Records that nobody asked for in time.
uint32_t records_lost();

/// The eight subjects.
struct Cast {
  Subject one{}, two{}, three{}, four{}, mighty{}, keyholder{}, driver{}, watchdog{};
  [[nodiscard]] bool find();
  /// Ends them all and starts them again, so that none holds more than its image.
  void refresh();
};
Cast& cast();

/// The log's lines are printed or not: thousands of deaths are no news.
void mute_log(bool mute);
bool log_is_muted();
/// Nobody even reads it, because that takes time; then what has piled up is thrown away.
void ignore_log(bool ignore);
bool log_is_ignored();

std::string_view text_of(std::span<const char> padded);

}  // namespace suite
