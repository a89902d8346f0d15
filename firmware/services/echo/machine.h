// The echo process's machine: yields, and a thread that watches for interruptions.
#pragma once

#include <array>
#include <atomic>
#include <optional>
#include <span>

#include "base/clock.h"
#include "base/result.h"
#include "firmware/interfaces/echo.h"
#include "firmware/runtime/evictor.h"
#include "firmware/runtime/thread.h"

namespace services::echo {

class Machine {
 public:
  using Gap = interfaces::Echo::Gap;
  using Caches = interfaces::Echo::Caches;
  static constexpr size_t kMostGaps = 4096;

  void yield(uint32_t times);
  void sleep(base::Duration length);
  base::Result<void> start_watching(Caches caches);
  base::Result<std::span<const Gap>> stop_watching();
  uint32_t watch_loop() const;

 private:
  static void watch(void* self);

  std::array<Gap, kMostGaps> gaps_{};
  std::atomic<uint32_t> count_ = 0;
  std::atomic<uint32_t> watching_ = 0;
  Caches caches_ = Caches::kHot;
  std::optional<runtime::Evictor> evictor_{};
  std::optional<runtime::Thread> thread_{};
};

}  // namespace services::echo
