#include "kernel/core/space_layout.h"

#include "kernel/abi/layout.h"
#include "kernel/abi/message.h"
#include "kernel/core/limits.h"

namespace kernel {
namespace {
constexpr uint32_t kPage = abi::kPageSize;

/// How many places there are for each thing. docs/kernel.md counts them as bits.
constexpr uint32_t kHeapPlaces = (abi::kHeapEnd - abi::kHeapBase) / 2 / kPage;
constexpr uint32_t kDevicePlaces = (abi::kDeviceEnd - abi::kDeviceBase) / 2 / kPage;
constexpr uint32_t kArgumentPlaces = (abi::kArgumentsEnd - abi::kArgumentsBase) / kPage;
constexpr uint32_t kStackPlaces =
    (abi::kStackTop - abi::kStackBase - abi::kMostStack) / kPage - 1;  // and a hole below

// A slot must not leave its stretch of kLoanStride, which lies in one second-level table.
constexpr uint32_t kSlots = kMaxThreads + kMoveSlots;
constexpr uint32_t kLoanStretches = (abi::kLoanEnd - abi::kLoanBase) / kLoanStride - kSlots;
constexpr uint32_t kPlacesInStretch = kLoanStride / kPage - abi::kMaxLendPages;
static_assert(kPlacesInStretch > 1 && kLoanStretches > 1);
}  // namespace

Layout choose_layout(Random& random, uint32_t image_end) {
  const auto bits = random.draw();
  // The image area's last page stays a hole.
  const uint32_t image_places = (abi::kImageEnd - kPage - image_end) / kPage + 1;
  const uint32_t loans = below(bits[2], kLoanStretches * kPlacesInStretch);
  return {.slide = below(bits[0], image_places) * kPage,
          .heap = abi::kHeapBase + below(bits[1], kHeapPlaces) * kPage,
          .loans = abi::kLoanBase + loans / kPlacesInStretch * kLoanStride +
                   loans % kPlacesInStretch * kPage,
          .devices = abi::kDeviceBase + below(bits[3], kDevicePlaces) * kPage,
          .arguments = abi::kArgumentsBase + below(bits[4], kArgumentPlaces) * kPage,
          .stack_top = abi::kStackTop - below(bits[5], kStackPlaces) * kPage};
}

}  // namespace kernel
