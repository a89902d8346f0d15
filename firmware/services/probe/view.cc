#include "firmware/services/probe/view.h"

#include "firmware/runtime/introspection.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/text.h"

namespace services::probe {
namespace {

using interfaces::Crash;

constinit ipc::PageBuffer<kernel::abi::CrashRecord, 1> record;

}  // namespace

base::Result<View::Numbers> SystemView::statistics(kernel::abi::Statistics which, uint32_t index) {
  return runtime::statistics(which, index);
}

uint32_t SystemView::services() const {
  return static_cast<uint32_t>(runtime::services().size());
}

std::string_view SystemView::service_name(uint32_t id) const {
  return runtime::text_of(runtime::services()[id].name);
}

base::Result<void> SystemView::trace(bool on) {
  return on ? runtime::start_trace() : runtime::stop_trace();
}

base::Result<std::array<uint32_t, 2>> SystemView::read_trace(
    std::span<kernel::abi::TraceEvent> out) {
  const auto read = TRY(runtime::read_trace(out));
  return std::array<uint32_t, 2>{read.count, read.lost};
}

base::Result<Crash::List::Reply> SystemView::crashes() {
  return TRY(runtime::connect<Crash>()).call(Crash::List{});
}

base::Result<kernel::abi::CrashRecord> SystemView::crash(uint32_t age) {
  TRY(TRY(runtime::connect<Crash>()).call(Crash::Describe{.record = record, .age = age}));
  return record.items()[0];
}

}  // namespace services::probe
