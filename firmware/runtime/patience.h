// Asking again while a server is being started afresh. A connection outlives its server: while
// nobody serves, calls fail with kNotFound; once the service is served again, the same connection
// reaches the new server, which knows nothing of what the old one was told.
#pragma once

#include "firmware/runtime/ipc.h"

namespace runtime {

/// Calls until somebody answers or `patience` is over (then kNotFound), looking every `step`. The
/// server may have died in the middle of the call, so `request` must be one that may happen twice.
/// `clock` has now(), `sleep` takes a base::Duration.
template <class Clock, class Sleep, ipc::Interface I, class M>
base::Result<typename M::Reply> call_patiently(Clock& clock, Sleep sleep,
                                               const ipc::Client<I>& client, const M& request,
                                               base::Duration patience,
                                               base::Duration step = std::chrono::milliseconds(1)) {
  const base::Duration deadline = clock.now() + patience;
  for (;;) {
    const bool last = clock.now() >= deadline;
    auto answer = client.call(request);
    if (answer || last || answer.error().code() != base::Code::kNotFound) return answer;
    sleep(step);
  }
}

}  // namespace runtime
