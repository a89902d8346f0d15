// The rules for pages: loans begin, end, are withdrawn and become ghosts.
#include "kernel/test/model/model.h"

namespace kernel::model {

std::optional<unsigned> Rules::free_frame(const State& s) const {
  for (unsigned f = 0; f < shape_.frames; ++f) {
    if (s.frames[f].owner == Frame::kFree) return f;
  }
  return {};
}

void Rules::release(State& s, unsigned frame) {
  if (s.frames[frame].owner == Frame::kFree) s.broken = "a frame is freed twice";
  s.frames[frame] = {};
}

void Rules::lend(State& s, unsigned thread, unsigned service, unsigned pages, bool mutably) const {
  Thread& self = s.threads[thread];
  if (self.loan_open) s.broken = "a loan begins before the last has ended";
  for (unsigned i = 0; i < pages; ++i) {
    Entry& here = s.home[process_of(thread)][i];
    Frame& frame = s.frames[here.frame - 1];
    Entry& there = s.slot[service][thread][i];
    if (there.frame != 0) s.broken = "a loan arrives where another stands";
    there = {.frame = here.frame, .access = mutably ? Access::kWrite : Access::kRead};
    ++frame.loans;
    if (mutably) {
      here.lent = !has(Defect::kMutableLoanStaysReachable);
    } else if (here.access == Access::kWrite && !has(Defect::kReadLoanStaysWritable)) {
      frame.writable = true;
      here.access = Access::kRead;
    }
  }
  self.loan = static_cast<uint8_t>(pages);
  self.mutably = mutably;
  self.loan_open = true;
}

/// One loan fewer; a frame that nobody owns goes with its last.
void Rules::drop_loan(State& s, uint8_t frame) const {
  Frame& f = s.frames[frame - 1];
  if (f.loans == 0) s.broken = "a loan ends twice";
  --f.loans;
  if (f.owner == Frame::kOrphan && f.loans == 0 && !has(Defect::kGhostEndLeaksFrame)) {
    release(s, frame - 1u);
  }
}

/// The lender's side of one page: it is the lender's again.
void Rules::end_loan_page(State& s, unsigned thread, unsigned page) const {
  Entry& here = s.home[process_of(thread)][page];
  if (here.frame == 0) {
    s.broken = "a loan ends for a lender without the page";
    return;
  }
  if (has(Defect::kLoanEndForgetsLender)) return;
  Frame& frame = s.frames[here.frame - 1];
  const bool last = frame.loans == 0 || has(Defect::kLoanEndRestoresTooEarly);
  if (s.threads[thread].mutably) {
    here.lent = false;
  } else if (last && frame.writable) {
    frame.writable = false;
    here.access = Access::kWrite;
  }
}

void Rules::end_loan(State& s, unsigned thread) const {
  Thread& self = s.threads[thread];
  if (self.loan == 0) return;
  if (!self.loan_open) s.broken = "a loan ends twice";
  for (unsigned i = 0; i < self.loan; ++i) {
    Entry& there = s.slot[self.service][thread][i];
    if (there.frame == 0) {
      s.broken = "a loan ends that the borrower does not have";
      return;
    }
    const uint8_t frame = there.frame;
    if (!has(Defect::kLoanEndKeepsBorrowersPage)) there = {};
    drop_loan(s, frame);
    end_loan_page(s, thread, i);
  }
  self.loan = 0;
  self.mutably = self.loan_open = false;
}

/// 7: one page. The last one first, as the loan is named by its first pages.
bool Rules::withdraw(State& s, unsigned thread) const {
  Thread& self = s.threads[thread];
  if (self.at != At::kWithdrawing) return false;
  const unsigned page = self.loan - 1u;
  Entry& there = s.slot[self.service][thread][page];
  if (there.frame == 0) {
    s.broken = "a loan is withdrawn that the borrower does not have";
    return true;
  }
  const uint8_t frame = there.frame;
  // What nobody can write stays with both.
  if (self.mutably || s.frames[frame - 1].writable) {
    if (!has(Defect::kTimeOutSharesPage)) {
      const auto copy = free_frame(s);
      if (!copy) return false;  // the lender waits for one
      s.frames[*copy] = {.owner = Frame::kOrphan, .loans = 1};
      there.frame = static_cast<uint8_t>(*copy + 1);
      drop_loan(s, frame);
    }
    end_loan_page(s, thread, page);
  }
  if (--self.loan == 0) finish_withdrawal(s, thread);
  return true;
}

void Rules::finish_withdrawal(State& s, unsigned thread) const {
  Thread& self = s.threads[thread];
  self.loan = 0;
  self.mutably = self.loan_open = false;
  end_call(s, thread);
}

/// The lender goes while a server has its pages.
void Rules::leave_ghost(State& s, unsigned thread) const {
  Thread& self = s.threads[thread];
  if (self.at == At::kWithdrawing && has(Defect::kDeathDuringWithdrawalFreesAll)) {
    for (Entry& there : s.slot[self.service][thread]) {
      if (there.frame != 0) release(s, there.frame - 1u);
    }
  }
  if (self.at == At::kWithdrawing || self.loan == 0) return;
  self.ghost = self.loan;
  self.ghost_service = self.service;
}

void Rules::end_ghost(State& s, unsigned thread) const {
  Thread& self = s.threads[thread];
  if (self.at == At::kWithdrawing) {
    end_loan(s, thread);
    finish_withdrawal(s, thread);
  }
  for (unsigned i = 0; i < self.ghost; ++i) {
    Entry& there = s.slot[self.ghost_service][thread][i];
    if (there.frame == 0) continue;  // went back to the lender above
    const uint8_t frame = there.frame;
    there = {};
    drop_loan(s, frame);
    if (s.frames[frame - 1].owner == Frame::kFree && has(Defect::kGhostEndTwice)) {
      drop_loan(s, frame);
    }
    // The owner who could write it is gone.
    if (s.frames[frame - 1].loans == 0) s.frames[frame - 1].writable = false;
  }
  self.ghost = self.ghost_service = 0;
  if (self.at == At::kOrphan) self = {};
}

}  // namespace kernel::model
