// Pages that travel with messages. A page is in one of these hands:
//
//   owned ──lend──▶ read by lender and borrowers (loans 1..) ──last end──▶ owned
//   owned ──lend-mut──▶ borrower's alone, the lender's entry marked `lent` ──end──▶ owned
//   either, the lender's process dead ──▶ frame owned by kOrphan, until the end: then free
//   either, the call timed out ──copy──▶ the lender's again; the copy, owned by kOrphan, the
//   borrower's owned ──move──▶ owned by the receiver
//
// While a page is lent for reading its owner cannot write it either: a server that has checked a
// request may rely on it.
#include "kernel/core/kernel.h"
#include "kernel/soc/soc.h"

namespace kernel {
namespace {
constexpr uint8_t kModule = base::module_number("kernel/core/loan.cc");
using abi::kPageSize;

bool may_lend(const arch::Page& page, const Frame* frame, bool mutably) {
  if (!page.reachable() || frame == nullptr || frame->loans == Frame::kMostLoans) return false;
  if (mutably) return page.access == arch::Access::kReadWrite && frame->loans == 0;
  return page.access != arch::Access::kDevice;
}

/// How long a withdrawal waits for a frame to copy to when there is none.
constexpr uint64_t kWithdrawRetry = 10'000'000;

/// The lender's entry for page `index` becomes what it was, one loan less being on its frame.
void restore_page(const Thread& lender, uint32_t index, Frame& frame) {
  const Loan& loan = lender.loan;
  const unsigned from = lender.process->pid;
  const uint32_t here = loan.address + index * kPageSize;
  arch::Page page = arch::page_get(from, here);
  if (loan.mutably) {
    page.lent = false;
  } else if (frame.loans == 0 && frame.writable) {
    frame.writable = false;
    page.access = arch::Access::kReadWrite;
  } else {
    return;
  }
  base::require(arch::page_set(from, here, page));
}
}  // namespace

Error Kernel::lend(Thread& lender, Process& borrower, uint32_t address, uint32_t bytes,
                   bool mutably, bool& broken) {
  const uint32_t pages = pages_in(bytes);
  if (pages == 0 || pages > abi::kMaxLendPages) return FAIL(kInvalid);
  const unsigned from = lender.process->pid;
  // Not what is itself on loan.
  broken =
      !page_aligned(address) || !lies_in(address, bytes, abi::kImageBase, abi::kStackTop) ||
      (address < move_base(*lender.process) && address + bytes > loan_address(*lender.process, 0));
  for (uint32_t i = 0; i < pages && !broken; ++i) {
    const arch::Page page = arch::page_get(from, address + i * kPageSize);
    broken = !may_lend(page, frame_of(page.physical), mutably);
  }
  if (broken) return kOk;

  const uint32_t arrival = loan_address(borrower, lender.token & kTokenIndex);
  for (uint32_t i = 0; i < pages; ++i) {
    const uint32_t here = address + i * kPageSize;
    arch::Page page = arch::page_get(from, here);
    Frame& frame = *frame_of(page.physical);
    // All of a slot lies in one table, so only the first page can find no room.
    const auto access = mutably ? arch::Access::kReadWrite : arch::Access::kRead;
    if (!arch::page_set(borrower.pid, arrival + i * kPageSize, {page.physical, access})) {
      return FAIL(kNoMemory);
    }
    ++frame.loans;
    if (mutably) {
      page.lent = true;
    } else if (page.access == arch::Access::kReadWrite) {
      frame.writable = true;
      page.access = arch::Access::kRead;
    } else {
      continue;
    }
    base::require(arch::page_set(from, here, page));
  }
  arch::sync();
  lender.loan = {.address = address,
                 .pages = static_cast<uint16_t>(pages),
                 .mutably = mutably,
                 .borrower = borrower.pid};
  return kOk;
}

void Kernel::end_loan(Thread& lender) {
  Loan& loan = lender.loan;
  if (loan.pages == 0) return;
  const uint32_t arrival = loan_address(processes[loan.borrower], lender.token & kTokenIndex);
  for (uint32_t i = 0; i < loan.pages; ++i) {
    const uint32_t there = arrival + i * kPageSize;
    Frame& frame = *frame_of(arch::page_get(loan.borrower, there).physical);
    base::require(arch::page_set(loan.borrower, there, {}));
    --frame.loans;
    restore_page(lender, i, frame);
  }
  arch::sync();
  loan = {};
}

void Kernel::leave_ghost(Thread& lender) {
  lender.ghost = {.token = token_given(lender),
                  .pages = lender.loan.pages,
                  .borrower = lender.loan.borrower,
                  .server = lender.server};
  lender.token += kTokenStep;
}

void Kernel::end_ghost(Thread& lender) {
  if (lender.state == ThreadState::kWithdrawing) {
    end_loan(lender);
    finish_withdrawal(lender);
  }
  const Ghost ghost = lender.ghost;
  lender.ghost = {};
  const uint32_t arrival = loan_address(processes[ghost.borrower], lender.token & kTokenIndex);
  for (uint32_t i = 0; i < ghost.pages; ++i) {
    const uint32_t there = arrival + i * kPageSize;
    const arch::Page page = arch::page_get(ghost.borrower, there);
    if (!page.present()) continue;  // went back to the lender above
    Frame& frame = *frame_of(page.physical);
    base::require(arch::page_set(ghost.borrower, there, {}));
    if (--frame.loans != 0 || frame.owner != Frame::kOrphan) continue;
    free_frame(frame);
    ++unpromised;
  }
  arch::sync();
  if (lender.state == ThreadState::kOrphan) free_thread(lender);
}

void Kernel::withdraw(Thread& lender) {
  lender.next = worker.withdrawing;
  worker.withdrawing = &lender;
  wake_worker(lender.priority);
}

void Kernel::withdraw_page(Thread& lender) {
  Loan& loan = lender.loan;
  const uint32_t index = loan.pages - 1u;
  const uint32_t there =
      loan_address(processes[loan.borrower], lender.token & kTokenIndex) + index * kPageSize;
  arch::Page page = arch::page_get(loan.borrower, there);
  Frame& frame = *frame_of(page.physical);
  // What nobody can write may stay where it is: both see the same for ever.
  if (loan.mutably || frame.writable) {
    if (unpromised == 0) {
      stop_withdrawing(lender);
      return sleep_until(lender, soc::now() + kWithdrawRetry);
    }
    --unpromised;
    page.physical = take_frame(Frame::kOrphan, /*zeroed=*/false);
    arch::copy_page(page.physical, physical_of(frame));
    frame_of(page.physical)->loans = 1;
    // Never two frames for one address in the translation buffers.
    base::require(arch::page_set(loan.borrower, there, {}));
    base::require(arch::page_set(loan.borrower, there, page));
    --frame.loans;
    restore_page(lender, index, frame);
    arch::sync();
  }
  if (--loan.pages == 0) finish_withdrawal(lender);
}

void Kernel::stop_withdrawing(Thread& lender) {
  Thread** place = &worker.withdrawing;
  while (*place && *place != &lender) place = &(*place)->next;
  if (*place) *place = lender.next;
  lender.next = nullptr;
}

void Kernel::finish_withdrawal(Thread& lender) {
  stop_withdrawing(lender);
  cancel_sleep(lender);
  lender.loan = {};
  complete(lender, FAIL(kTimeout));
  make_ready(lender);
}

Error Kernel::move(Thread& sender, Process& receiver, uint32_t address, uint32_t bytes,
                   uint32_t* arrival, bool& broken) {
  const uint32_t pages = pages_in(bytes);
  if (pages == 0 || pages > abi::kMaxLendPages) return FAIL(kInvalid);
  Process& owner = *sender.process;
  broken = !page_aligned(address) || !(lies_in(address, bytes, owner.layout.heap, abi::kHeapEnd) ||
                                       lies_in(address, bytes, move_base(owner), move_end(owner)));
  for (uint32_t i = 0; i < pages && !broken; ++i) {
    const arch::Page page = arch::page_get(owner.pid, address + i * kPageSize);
    const Frame* frame = frame_of(page.physical);
    broken = !may_lend(page, frame, true) || frame->owner != owner.pid;
  }
  if (broken) return kOk;
  if (receiver.pages + pages > receiver.pages_limit) return FAIL(kNoMemory);

  uint32_t slot = 0;
  for (unsigned tries = 0; tries < kMoveSlots && slot == 0; ++tries) {
    const uint32_t candidate = move_base(receiver) + receiver.move_cursor * kLoanStride;
    receiver.move_cursor = (receiver.move_cursor + 1) % kMoveSlots;
    const uint32_t end = candidate + kLoanStride;
    if (arch::page_next(receiver.pid, candidate, end) == end) slot = candidate;
  }
  if (slot == 0) return FAIL(kNoMemory);
  for (uint32_t i = 0; i < pages; ++i) {
    const uint32_t here = address + i * kPageSize;
    const arch::Page page = arch::page_get(owner.pid, here);
    if (!arch::page_set(receiver.pid, slot + i * kPageSize, page)) return FAIL(kNoMemory);
    base::require(arch::page_set(owner.pid, here, {}));
    frame_of(page.physical)->owner = receiver.pid;
  }
  arch::sync();
  owner.pages -= pages;
  receiver.pages += pages;
  *arrival = slot;
  return kOk;
}

}  // namespace kernel
