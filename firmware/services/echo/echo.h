// os/echo: see firmware/interfaces/echo.h.
#pragma once

#include <algorithm>
#include <numeric>
#include <span>

#include "firmware/interfaces/echo.h"
#include "firmware/runtime/ipc.h"

namespace services::echo {

/// What echo needs of the machine it runs on:
///   void yield(uint32_t times);
///   base::Result<void> start_watching(interfaces::Echo::Caches);
///   base::Result<std::span<const Echo::Gap>> stop_watching();  // valid until the next start
///   uint32_t watch_loop() const;
///   void sleep(base::Duration);
template <class Machine>
class Echo {
 public:
  using Interface = interfaces::Echo;

  explicit Echo(Machine& machine) : machine_(machine) {}

  base::Result<void> handle(const Interface::Ping&, ipc::Caller) { return {}; }
  base::Result<Interface::Words::Reply> handle(const Interface::Words& request, ipc::Caller) {
    return Interface::Words::Reply{.words = request.words};
  }
  base::Result<void> handle(const Interface::Page&, ipc::Caller) { return {}; }
  base::Result<Interface::Sum::Reply> handle(const Interface::Sum& request, ipc::Caller) {
    const auto words = request.words.view();
    return Interface::Sum::Reply{.sum = std::accumulate(words.begin(), words.end(), 0u)};
  }
  base::Result<void> handle(const Interface::Fill& request, ipc::Caller) {
    for (uint32_t& word : request.words.view()) word = request.value;
    return {};
  }
  void handle(const Interface::Yield& request, ipc::Caller,
              ipc::Promise<Interface::Yield> promise) {
    if (promise.keep({})) machine_.yield(request.times);
  }
  base::Result<void> handle(const Interface::Watch& request, ipc::Caller) {
    return machine_.start_watching(TRY(request.caches.open()));
  }
  base::Result<Interface::Seen::Reply> handle(const Interface::Seen& request, ipc::Caller) {
    const std::span<const Interface::Gap> noted = TRY(machine_.stop_watching());
    const auto out = request.gaps.view();
    const size_t count = std::min(noted.size(), out.size());
    std::copy_n(noted.begin(), count, out.begin());
    return Interface::Seen::Reply{.count = static_cast<uint32_t>(count),
                                  .loop = machine_.watch_loop()};
  }
  base::Result<void> handle(const Interface::Late& request, ipc::Caller) {
    constexpr uint8_t kModule = ipc::kModule;
    constexpr uint32_t kMost = 1'000'000;
    if (request.microseconds > kMost) return FAIL(kInvalid);
    machine_.sleep(base::Duration(request.microseconds));
    return {};
  }

 private:
  Machine& machine_;
};

}  // namespace services::echo
