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

bool may_lend(arch::Entry entry, const Frame* frame, bool mutably) {
  if (frame == nullptr || !arch::may_be_lent(entry, mutably)) return false;
  // What devices reach is the kernel's.
  if (mutably) return frame->owner != Frame::kKernel && frame->loans == 0;
  return frame->loans != Frame::kMostLoans;
}

/// How long a withdrawal waits for a frame to copy to when there is none.
constexpr uint64_t kWithdrawRetry = 10'000'000;

/// Room for the entries of one loan, and its frames. Not zeroed before it is used.
struct Entries {
  Entries() {}
  union {
    arch::Entry entries[abi::kMaxLendPages];
    Frame* frames[abi::kMaxLendPages];
  };
};
constexpr std::array<arch::Entry, abi::kMaxLendPages> kEmpty{};

/// The lender's entry of a frame that has just come back from one loan.
arch::Entry take_back(const Loan& loan, Frame& frame, arch::Entry entry) {
  const bool writable = !loan.mutably && frame.loans == 0 && frame.writable;
  if (writable) frame.writable = false;
  return arch::returned(entry, loan.mutably, writable);
}

void restore_page(const Thread& lender, uint32_t index, Frame& frame) {
  const Loan& loan = lender.loan;
  const unsigned from = lender.process->pid;
  const uint32_t here = loan.address + index * kPageSize;
  arch::Entry entry;
  arch::entries_get(from, here, &entry, 1);
  entry = take_back(loan, frame, entry);
  base::require(arch::entries_set(from, here, &entry, 1));
}

// Written once, compiled twice: for one page, which is what most calls lend, all loops fall away.
[[gnu::always_inline]] inline Error lend_pages(Kernel& kernel, Thread& lender, Process& borrower,
                                               uint32_t address, uint32_t pages, bool mutably,
                                               bool& broken) {
  const unsigned from = lender.process->pid;
  Entries lent, given, on_loan;
  arch::Entry *here = lent.entries, *there = given.entries;
  arch::entries_get(from, address, here, pages);
  for (uint32_t i = 0; i < pages; ++i) {
    on_loan.frames[i] = kernel.frame_of(arch::physical_of(here[i]));
    if (!may_lend(here[i], on_loan.frames[i], mutably)) {
      broken = true;
      return kOk;
    }
    there[i] = arch::borrowed(here[i], mutably);
  }

  // All of a slot lies in one table, so only the first page can find no room.
  const uint32_t arrival = loan_address(borrower, lender.token & kTokenIndex);
  if (!arch::entries_set(borrower.pid, arrival, there, pages)) return FAIL(kNoMemory);
  for (uint32_t i = 0; i < pages; ++i) {
    Frame& frame = *on_loan.frames[i];
    ++frame.loans;
    if (!mutably && arch::writable(here[i])) frame.writable = true;
    here[i] = arch::on_loan(here[i], mutably);
  }
  base::require(arch::entries_set(from, address, here, pages));
  arch::sync();
  lender.loan = {.address = address,
                 .pages = static_cast<uint16_t>(pages),
                 .mutably = mutably,
                 .borrower = borrower.pid};
  return kOk;
}

[[gnu::always_inline]] inline void take_pages_back(Kernel& kernel, Thread& lender, uint32_t pages) {
  Loan& loan = lender.loan;
  const unsigned from = lender.process->pid;
  const uint32_t arrival =
      loan_address(kernel.processes[loan.borrower], lender.token & kTokenIndex);
  Entries lent, given;
  arch::Entry *here = lent.entries, *there = given.entries;
  arch::entries_get(loan.borrower, arrival, there, pages);
  arch::entries_get(from, loan.address, here, pages);
  for (uint32_t i = 0; i < pages; ++i) {
    Frame& frame = *kernel.frame_of(arch::physical_of(there[i]));
    --frame.loans;
    here[i] = take_back(loan, frame, here[i]);
  }
  base::require(arch::entries_set(loan.borrower, arrival, kEmpty.data(), pages));
  base::require(arch::entries_set(from, loan.address, here, pages));
  arch::sync();
  loan = {};
}
}  // namespace

Error Kernel::lend(Thread& lender, Process& borrower, uint32_t address, uint32_t bytes,
                   bool mutably, bool& broken) {
  const uint32_t pages = pages_in(bytes);
  if (pages == 0 || pages > abi::kMaxLendPages) return FAIL(kInvalid);
  // Not what is itself on loan.
  broken =
      !page_aligned(address) || !lies_in(address, bytes, abi::kImageBase, abi::kStackTop) ||
      (address < move_base(*lender.process) && address + bytes > loan_address(*lender.process, 0));
  if (broken) return kOk;
  return pages == 1 ? lend_pages(*this, lender, borrower, address, 1, mutably, broken)
                    : lend_pages(*this, lender, borrower, address, pages, mutably, broken);
}

void Kernel::take_loan_back(Thread& lender) {
  const uint32_t pages = lender.loan.pages;
  pages == 1 ? take_pages_back(*this, lender, 1) : take_pages_back(*this, lender, pages);
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
  Entries there;
  arch::entries_get(ghost.borrower, arrival, there.entries, ghost.pages);
  base::require(arch::entries_set(ghost.borrower, arrival, kEmpty.data(), ghost.pages));
  arch::sync();
  for (const arch::Entry entry : std::span(there.entries, ghost.pages)) {
    if (entry.bits == 0) continue;  // went back to the lender above
    Frame& frame = *frame_of(arch::physical_of(entry));
    if (--frame.loans != 0) continue;
    frame.writable = false;  // the owner who could write it is gone
    if (frame.owner != Frame::kOrphan) continue;
    free_frame(frame);
    ++unpromised;
  }
  if (lender.state == ThreadState::kOrphan) free_thread(lender);
}

void Kernel::withdraw(Thread& lender) {
  lender.previous = nullptr;
  lender.next = worker.withdrawing;
  if (lender.next) lender.next->previous = &lender;
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
    const arch::Page original = page;
    page.physical = take_frame(Frame::kOrphan, /*zeroed=*/false);
    page.plain = false;
    arch::copy_page(page, original);
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
  const bool listed = lender.previous || worker.withdrawing == &lender;
  if (!listed) return;  // it waits for a frame
  (lender.previous ? lender.previous->next : worker.withdrawing) = lender.next;
  if (lender.next) lender.next->previous = lender.previous;
  lender.next = lender.previous = nullptr;
}

void Kernel::finish_withdrawal(Thread& lender) {
  stop_withdrawing(lender);
  cancel_sleep(lender);
  lender.loan = {};
  complete(lender, FAIL(kTimeout));
  make_ready(lender);
}

Error Kernel::move(Thread& sender, Process& receiver, uint32_t address, uint32_t bytes,
                   uint32_t* arrival, uint32_t& slot, bool& broken) {
  const uint32_t pages = pages_in(bytes);
  if (pages == 0 || pages > abi::kMaxLendPages) return FAIL(kInvalid);
  Process& owner = *sender.process;
  broken = !page_aligned(address) || !(lies_in(address, bytes, owner.layout.heap, abi::kHeapEnd) ||
                                       lies_in(address, bytes, move_base(owner), move_end(owner)));
  if (broken) return kOk;
  Entries moved;
  arch::entries_get(owner.pid, address, moved.entries, pages);
  for (const arch::Entry entry : std::span(moved.entries, pages)) {
    const Frame* frame = frame_of(arch::physical_of(entry));
    broken |= !may_lend(entry, frame, true) || frame->owner != owner.pid;
  }
  if (broken) return kOk;
  if (receiver.pages + pages > receiver.pages_limit) return FAIL(kNoMemory);

  uint32_t there = 0;
  for (unsigned tries = 0; tries < kSlotsPerPiece && there == 0; ++tries, ++slot) {
    if (slot == kMoveSlots) return FAIL(kNoMemory);
    const uint32_t candidate =
        move_base(receiver) + (receiver.move_cursor + slot) % kMoveSlots * kLoanStride;
    const uint32_t end = candidate + kLoanStride;
    if (arch::page_next(receiver.pid, candidate, end) == end) there = candidate;
  }
  if (there == 0) return FAIL(kBusy);
  receiver.move_cursor = (receiver.move_cursor + slot) % kMoveSlots;
  if (!arch::entries_set(receiver.pid, there, moved.entries, pages)) return FAIL(kNoMemory);
  base::require(arch::entries_set(owner.pid, address, kEmpty.data(), pages));
  for (const arch::Entry entry : std::span(moved.entries, pages)) {
    frame_of(arch::physical_of(entry))->owner = receiver.pid;
  }
  arch::sync();
  owner.pages -= pages;
  receiver.pages += pages;
  *arrival = there;
  return kOk;
}

}  // namespace kernel
