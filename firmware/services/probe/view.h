// The running system, for Introspection. Device only.
#pragma once

#include "firmware/services/probe/introspection.h"
#include "firmware/services/probe/probe.h"

namespace services::probe {

class SystemView final : public View {
 public:
  explicit SystemView(System& system) : system_(system) {}

  void print(std::string_view line) override { system_.print(line); }
  base::Result<Numbers> statistics(kernel::abi::Statistics which, uint32_t index) override;
  uint32_t services() const override;
  std::string_view service_name(uint32_t id) const override;
  base::Result<void> trace(bool on) override;
  base::Result<std::array<uint32_t, 2>> read_trace(std::span<kernel::abi::TraceEvent> out) override;
  base::Result<interfaces::Crash::List::Reply> crashes() override;
  base::Result<kernel::abi::CrashRecord> crash(uint32_t age) override;

 private:
  System& system_;
};

}  // namespace services::probe
