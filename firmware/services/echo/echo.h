// os/echo: see firmware/interfaces/echo.h.
#pragma once

#include <numeric>

#include "firmware/interfaces/echo.h"
#include "firmware/runtime/ipc.h"

namespace services::echo {

/// `Yielder` is called with no argument to give up the processor.
template <class Yielder>
class Echo {
 public:
  explicit Echo(Yielder yielder) : yield_(yielder) {}

  base::Result<void> handle(const interfaces::Echo::Ping&, ipc::Caller) { return {}; }
  base::Result<interfaces::Echo::Words::Reply> handle(const interfaces::Echo::Words& request,
                                                      ipc::Caller) {
    return interfaces::Echo::Words::Reply{.words = request.words};
  }
  base::Result<void> handle(const interfaces::Echo::Page&, ipc::Caller) { return {}; }
  base::Result<interfaces::Echo::Sum::Reply> handle(const interfaces::Echo::Sum& request,
                                                    ipc::Caller) {
    const auto words = request.words.view();
    return interfaces::Echo::Sum::Reply{.sum = std::accumulate(words.begin(), words.end(), 0u)};
  }
  base::Result<void> handle(const interfaces::Echo::Fill& request, ipc::Caller) {
    for (uint32_t& word : request.words.view()) word = request.value;
    return {};
  }
  void handle(const interfaces::Echo::Yield& request, ipc::Caller,
              ipc::Promise<interfaces::Echo::Yield> promise) {
    if (!promise.keep({})) return;
    for (uint32_t i = 0; i < request.times; ++i) yield_();
  }

 private:
  Yielder yield_;
};

}  // namespace services::echo
