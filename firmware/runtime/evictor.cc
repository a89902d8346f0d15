#include "firmware/runtime/evictor.h"

#include "firmware/runtime/process.h"
#include "kernel/abi/layout.h"

// In evictor_code.S.
extern "C" {
void evictor_read(const std::byte* pages, size_t count);
void evictor_run_through();
}

namespace runtime {
namespace {

// A way to turn out is chosen at random. With as much code as the instruction cache holds, an old
// line survives a round with a chance of about one in four; once all old ones are gone, the rounds
// hit.
constexpr unsigned kRounds = 5;

}  // namespace

base::Result<Evictor> Evictor::create() {
  return Evictor(TRY(map(kBytes)));
}

void Evictor::evict() const {
  // Each set of the level 1 data cache (four ways) meets 64 new lines, each set of a 128 KiB level
  // 2 cache (eight ways) 32, each set of the main TLB (two ways) 8.
  evictor_read(memory_.data(), memory_.size() / kernel::abi::kPageSize);
  for (unsigned round = 0; round < kRounds; ++round) evictor_run_through();
}

}  // namespace runtime
