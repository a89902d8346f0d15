#include "drivers/l2cc/l2cc.h"

#include "base/modules.h"

namespace drivers::l2cc {
namespace {

using namespace std::chrono_literals;
using base::mmio::Value;

constexpr uint8_t kModule = base::module_number("drivers/l2cc/l2cc.cc");
constexpr auto kSyncLimit = 1ms;
constexpr auto kWaysLimit = 100ms;  // 4096 lines, each perhaps a burst to DDR
constexpr uint32_t kAllWays = (1u << kWays) - 1;

}  // namespace

base::Result<void> L2cc::sync() {
  regs_.write(Value<Regs::Csr>{0});
  const bool idle = base::wait_until(
      clock_, kSyncLimit, [&] { return !regs_.read<Regs::Csr>().has(Regs::Csr::kBusy); });
  if (!idle) return FAIL(kTimeout);
  return {};
}

template <class R>
base::Result<void> L2cc::by_way() {
  regs_.write(Value<R>{kAllWays});
  const bool done = base::wait_until(clock_, kWaysLimit, [&] { return regs_.read<R>().bits == 0; });
  if (!done) return FAIL(kTimeout);
  return sync();
}

template <class R>
base::Result<void> L2cc::by_line(uint32_t address, uint32_t size) {
  if (!size) return {};
  const uint32_t first = address & ~(kLine - 1);
  const uint32_t last = (address + (size - 1)) & ~(kLine - 1);
  for (uint32_t line = first;; line += kLine) {
    regs_.write(Value<R>{line});
    if (line == last) break;
  }
  return sync();
}

base::Result<void> L2cc::enable() {
  if (enabled()) return {};
  TRY(by_way<Regs::Iwr>());
  regs_.write(Value<Regs::Imr>{0});
  regs_.write(Value<Regs::Icr>{0x1ff});
  regs_.write(Regs::Cr::kEnable(true));
  return {};
}

base::Result<void> L2cc::disable() {
  if (!enabled()) return {};
  TRY(by_way<Regs::Ciwr>());
  regs_.write(Value<Regs::Cr>{0});
  return {};
}

base::Result<void> L2cc::clean(uint32_t address, uint32_t size) {
  // Past the cache's own size there is nothing left to gain from going line by line.
  if (size >= kSize) return by_way<Regs::Cwr>();
  return by_line<Regs::Cpalr>(address, size);
}

base::Result<void> L2cc::invalidate(uint32_t address, uint32_t size) {
  if (!size) return {};
  const uint32_t end = address + size;
  if (address % kLine) TRY(by_line<Regs::Cipalr>(address, 1));
  if (end % kLine) TRY(by_line<Regs::Cipalr>(end - 1, 1));
  return by_line<Regs::Ipalr>(address, size);
}

base::Result<void> L2cc::clean_invalidate(uint32_t address, uint32_t size) {
  if (size >= kSize) return by_way<Regs::Ciwr>();
  return by_line<Regs::Cipalr>(address, size);
}

base::Result<void> L2cc::clean_invalidate_all() {
  return by_way<Regs::Ciwr>();
}

}  // namespace drivers::l2cc
