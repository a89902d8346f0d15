// Who runs: 32 priorities, round-robin within one, inheritance through calls, time.
//
// The running thread stands in no list. While a thread of its priority is ready a tick is armed,
// and at the second tick the running one goes to the end of its list.
#include <algorithm>
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
  const bool queued = thread.state == ThreadState::kQueued;
  if (listed) remove_ready(thread);
  if (queued) count_queued(*thread.server, thread.priority, false);
  thread.priority = priority;
  if (queued) count_queued(*thread.server, thread.priority, true);
  if (listed) make_ready(thread);
}

void Kernel::count_queued(Server& server, uint8_t priority, bool comes) {
  server.queued_at[priority] += comes ? 1 : -1;
  if (server.queued_at[priority] == 0) {
    server.queued_priorities &= ~(1u << priority);
  } else {
    server.queued_priorities |= 1u << priority;
  }
}

void Kernel::start_tick() {
  tick_at = soc::now() + kTickNanoseconds;
  arm_timer();
}

Thread* Kernel::schedule(Thread* self) {
  if (self != nullptr && self->state == ThreadState::kRunnable) {
    const uint32_t rivals = ready >> self->priority;
    if (rivals == 0) return self;  // nobody as urgent
    const bool turn_is_over = ticks_used >= kTicksPerQuantum;
    if (rivals == 1 && !turn_is_over) {
      if (tick_at == 0) {
        ticks_used = 0;
        start_tick();
      }
      return current = self;
    }
    make_ready(*self, !turn_is_over);
  }
  // A tick that is under way goes on: the next thread's turn ends at the second from now.
  ticks_used = 0;
  if (ready == 0) return current = nullptr;
  const unsigned priority = 31 - std::countl_zero(ready);
  ReadyList& list = ready_lists[priority];
  Thread* next = list.first;
  list.first = next->next;
  next->next = nullptr;
  if (list.first == nullptr) {
    list.last = nullptr;
    ready &= ~(1u << priority);
  } else {
    list.first->previous = nullptr;
    if (tick_at == 0) start_tick();
  }
  return current = next;
}

Thread* Kernel::next_thread(Thread* self) {
  if (attention == 0) [[likely]] {
    self = schedule(self);
    if (self != &worker.thread) [[likely]]
      return self;
  }
  return next_thread_after_work(self);
}

Thread* Kernel::next_thread_after_work(Thread* self) {
  const auto look_at_interrupts = [&] {
    // One that is blocked does not run, should an interrupt make it ready again.
    if (current && current->state != ThreadState::kRunnable) self = current = nullptr;
    handle_interrupts();
  };
  look_at_interrupts();  // what led here may have taken long by itself
  for (;;) {
    while (attention & (kDying | kUnsettled)) {
      if (attention & kUnsettled) {
        settle_some();
      } else {
        end_some_threads(*dying);
      }
      look_at_interrupts();
    }
    self = schedule(self);
    if (trace.on && trace.running != self) {
      trace_event(abi::TraceKind::kSwitch, self, self ? self->identity : 0);
      trace.running = self;
    }
    if (self != &worker.thread) return self;
    work();
    look_at_interrupts();
  }
}

void Kernel::arm_timer() {
  // One timer for the tick and the sleepers; it may fire early, never late.
  uint64_t wanted = tick_at;
  if (sleeping != 0 && (wanted == 0 || sleepers[0]->deadline < wanted)) {
    wanted = sleepers[0]->deadline;
  }
  if (wanted == 0 || (timer_at != 0 && timer_at <= wanted)) return;
  timer_at = wanted;
  soc::set_timer(wanted);
}

void Kernel::place_sleeper(uint32_t index, Thread& thread) {
  sleepers[index] = &thread;
  thread.sleep_place = index + 1;
}

void Kernel::sift_sleeper(uint32_t index, Thread& thread) {
  while (index != 0 && thread.deadline < sleepers[(index - 1) / 2]->deadline) {
    place_sleeper(index, *sleepers[(index - 1) / 2]);
    index = (index - 1) / 2;
  }
  for (;;) {
    uint32_t child = 2 * index + 1;
    if (child >= sleeping) break;
    if (child + 1 < sleeping && sleepers[child + 1]->deadline < sleepers[child]->deadline) ++child;
    if (thread.deadline <= sleepers[child]->deadline) break;
    place_sleeper(index, *sleepers[child]);
    index = child;
  }
  place_sleeper(index, thread);
}

void Kernel::sleep_until(Thread& thread, uint64_t deadline) {
  thread.deadline = deadline;
  sift_sleeper(sleeping++, thread);
  arm_timer();
}

void Kernel::cancel_sleep(Thread& thread) {
  if (thread.sleep_place == 0) return;
  const uint32_t index = thread.sleep_place - 1;
  thread.sleep_place = 0;
  Thread& last = *sleepers[--sleeping];
  if (&last != &thread) sift_sleeper(index, last);
}

void Kernel::timer_expired(uint64_t now) {
  timer_at = 0;
  for (unsigned i = 0; i < kWakesPerPiece; ++i) {
    if (sleeping == 0 || sleepers[0]->deadline > now) break;
    Thread& thread = *sleepers[0];
    // Pages that come back are a piece of their own.
    const bool lends = thread.state == ThreadState::kQueued && thread.loan.pages != 0;
    if (lends && i != 0) break;
    if (lends) i = kWakesPerPiece;
    cancel_sleep(thread);
    time_out(thread);
  }
  if (tick_at != 0 && tick_at <= now) {
    ++ticks_used;
    const bool has_peers = current != nullptr && ready >> current->priority != 0;
    tick_at = has_peers ? now + kTickNanoseconds : 0;
  }
  arm_timer();  // at once, if more are due
}

namespace {
/// Whom `thread` waits for, and so lends its priority to.
Thread* waited_for(const Thread& thread) {
  if (thread.state == ThreadState::kAwaitingReply) return thread.served_by;
  if (thread.state == ThreadState::kQueued) return thread.server->last_receiver;
  return nullptr;
}
}  // namespace

void Kernel::inherit(Thread* thread, uint8_t priority) {
  for (unsigned hops = 0; thread && thread->priority < priority && hops < kHopsPerPiece; ++hops) {
    set_priority(*thread, priority);
    thread = waited_for(*thread);
  }
  if (thread && thread->priority < priority) settle_later(*thread, kMostHops - kHopsPerPiece);
}

void Kernel::settle(Thread& first, unsigned hops) {
  Thread* thread = &first;
  for (unsigned done = 0; thread != nullptr && hops != 0; ++done, --hops) {
    uint8_t priority = thread->base_priority;
    if (thread->serving && thread->serving->priority > priority) {
      priority = thread->serving->priority;
    }
    for (const Server* server : thread->process->servers) {
      if (!server || server->last_receiver != thread || server->queued_priorities == 0) continue;
      const auto most = static_cast<uint8_t>(31 - std::countl_zero(server->queued_priorities));
      priority = std::max(priority, most);
    }
    if (priority == thread->priority) return;
    if (done == kHopsPerPiece) return settle_later(*thread, hops);
    set_priority(*thread, priority);
    thread = waited_for(*thread);
  }
}

void Kernel::settle_later(Thread& thread, unsigned hops) {
  if (thread.hops == 0) {
    thread.unsettled_next = unsettled;
    unsettled = &thread;
    attention |= kUnsettled;
  }
  thread.hops = std::max(thread.hops, hops);
}

void Kernel::settle_some() {
  Thread& thread = *unsettled;
  const unsigned hops = thread.hops;
  forget_unsettled(thread);
  settle(thread, hops);
}

void Kernel::forget_unsettled(Thread& thread) {
  if (thread.hops == 0) return;
  Thread** place = &unsettled;
  while (*place != &thread) place = &(*place)->unsettled_next;
  *place = thread.unsettled_next;
  thread.unsettled_next = nullptr;
  thread.hops = 0;
  if (unsettled == nullptr) attention &= ~uint32_t{kUnsettled};
}

}  // namespace kernel
