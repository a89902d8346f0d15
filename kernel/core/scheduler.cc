// Who runs: 32 priorities, round-robin within one, inheritance through calls, time.
//
// The running thread stands in no list. While a thread of its priority is ready a tick is armed,
// and at the second tick the running one goes to the end of its list.
#include <bit>

#include "kernel/core/kernel.h"
#include "kernel/soc/soc.h"

namespace kernel {

void Kernel::make_ready(Thread& thread, bool first) {
  thread.state = ThreadState::kRunnable;
  ReadyList& list = ready_lists[thread.priority];
  thread.next = first ? list.first : nullptr;
  thread.previous = first ? nullptr : list.last;
  (thread.next ? thread.next->previous : list.last) = &thread;
  (thread.previous ? thread.previous->next : list.first) = &thread;
  ready |= 1u << thread.priority;
}

void Kernel::remove_ready(Thread& thread) {
  ReadyList& list = ready_lists[thread.priority];
  (thread.previous ? thread.previous->next : list.first) = thread.next;
  (thread.next ? thread.next->previous : list.last) = thread.previous;
  thread.next = thread.previous = nullptr;
  if (list.first == nullptr) ready &= ~(1u << thread.priority);
}

void Kernel::set_priority(Thread& thread, uint8_t priority) {
  if (thread.priority == priority) return;
  const bool listed = thread.state == ThreadState::kRunnable && &thread != current;
  if (listed) remove_ready(thread);
  thread.priority = priority;
  if (listed) make_ready(thread);
}

Thread* Kernel::schedule(Thread* self) {
  const bool can_run = self != nullptr && self->state == ThreadState::kRunnable;
  if (can_run && ready >> self->priority == 0) return self;  // nobody as urgent

  if (can_run) {
    const uint32_t above = ready >> self->priority >> 1;
    const bool turn_is_over = ticks_used >= kTicksPerQuantum;
    if (above == 0 && !turn_is_over) {
      if (tick_at == 0) {
        tick_at = soc::now() + kTickNanoseconds;
        ticks_used = 0;
      }
    } else {
      make_ready(*self, !turn_is_over);
      self = nullptr;
    }
  } else {
    self = nullptr;
  }
  if (self == nullptr) {
    ticks_used = 0;
    tick_at = 0;
    if (ready == 0) {
      current = nullptr;
    } else {
      self = ready_lists[31 - std::countl_zero(ready)].first;
      remove_ready(*self);
      if (ready_lists[self->priority].first != nullptr) tick_at = soc::now() + kTickNanoseconds;
    }
  }
  // One timer for the tick and the sleepers; it may fire early, never late.
  uint64_t wanted = tick_at;
  if (sleepers && (wanted == 0 || sleepers->deadline < wanted)) wanted = sleepers->deadline;
  if (wanted != 0 && (timer_at == 0 || wanted < timer_at)) {
    timer_at = wanted;
    soc::set_timer(wanted);
  }
  current = self;
  return self;
}

void Kernel::sleep_until(Thread& thread, uint64_t deadline) {
  thread.deadline = deadline;
  thread.in_sleep_list = true;
  Thread** place = &sleepers;
  while (*place && (*place)->deadline <= deadline) place = &(*place)->sleep_next;
  thread.sleep_next = *place;
  *place = &thread;
  if (sleepers == &thread && (timer_at == 0 || deadline < timer_at)) {
    timer_at = deadline;
    soc::set_timer(deadline);
  }
}

void Kernel::cancel_sleep(Thread& thread) {
  if (!thread.in_sleep_list) return;
  Thread** place = &sleepers;
  while (*place != &thread) place = &(*place)->sleep_next;
  *place = thread.sleep_next;
  thread.sleep_next = nullptr;
  thread.in_sleep_list = false;
}

void Kernel::timer_expired(uint64_t now) {
  constexpr uint8_t kModule = base::module_number("kernel/core/scheduler.cc");
  timer_at = 0;
  while (sleepers && sleepers->deadline <= now) {
    Thread& thread = *sleepers;
    cancel_sleep(thread);
    complete(thread, thread.state == ThreadState::kSleeping ? kOk : FAIL(kTimeout));
    make_ready(thread);
  }
  if (tick_at != 0 && tick_at <= now) {
    ++ticks_used;
    const bool has_peers = current != nullptr && ready >> current->priority != 0;
    tick_at = has_peers ? now + kTickNanoseconds : 0;
  }
  uint64_t wanted = tick_at;
  if (sleepers && (wanted == 0 || sleepers->deadline < wanted)) wanted = sleepers->deadline;
  if (wanted != 0) {
    timer_at = wanted;
    soc::set_timer(wanted);
  }
}

void Kernel::inherit(Thread* thread, uint8_t priority) {
  for (unsigned hops = 0; thread && thread->priority < priority && hops < kMaxThreads; ++hops) {
    set_priority(*thread, priority);
    if (thread->state == ThreadState::kAwaitingReply) {
      thread = thread->served_by;
    } else if (thread->state == ThreadState::kQueued) {
      thread = thread->server->last_receiver;
    } else {
      return;
    }
  }
}

void Kernel::settle(Thread& thread) {
  uint8_t priority = thread.base_priority;
  if (thread.serving && thread.serving->priority > priority) priority = thread.serving->priority;
  for (Server* server : thread.process->servers) {
    if (server == nullptr || server->last_receiver != &thread) continue;
    for (Queued* item = server->first; item; item = item->next) {
      if (item->caller && item->caller->priority > priority) priority = item->caller->priority;
    }
  }
  set_priority(thread, priority);
}

}  // namespace kernel
