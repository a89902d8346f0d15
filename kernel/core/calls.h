// The system calls, one function each, all of one shape: decode; find the object with the type and
// right it needs; refuse early; act. What runs next is the dispatcher's business.
#pragma once

#include "kernel/core/kernel.h"

namespace kernel::calls {

using Call = void (*)(Kernel&, Thread& self);

void null(Kernel&, Thread&);
void yield(Kernel&, Thread&);
void exit(Kernel&, Thread&);
void call(Kernel&, Thread&);
void call_timed(Kernel&, Thread&);
void send(Kernel&, Thread&);
void receive(Kernel&, Thread&);
void receive_timed(Kernel&, Thread&);
void reply(Kernel&, Thread&);
void reply_receive(Kernel&, Thread&);
void try_receive(Kernel&, Thread&);
void connect(Kernel&, Thread&);
void serve(Kernel&, Thread&);
void thread_create(Kernel&, Thread&);
void thread_pointer(Kernel&, Thread&);
void thread_exit(Kernel&, Thread&);
void thread_join(Kernel&, Thread&);
void futex_wait(Kernel&, Thread&);
void futex_wake(Kernel&, Thread&);
void sleep(Kernel&, Thread&);
void clock(Kernel&, Thread&);
void map(Kernel&, Thread&);
void unmap(Kernel&, Thread&);
void map_device(Kernel&, Thread&);
void interrupt_claim(Kernel&, Thread&);
void interrupt_wait(Kernel&, Thread&);
void notify(Kernel&, Thread&);
void log_read(Kernel&, Thread&);
void statistics(Kernel&, Thread&);
void power(Kernel&, Thread&);
void trace_control(Kernel&, Thread&);
void trace_read(Kernel&, Thread&);
void kill(Kernel&, Thread&);
void crash_read(Kernel&, Thread&);
void map_dma(Kernel&, Thread&);
void cache_clean(Kernel&, Thread&);
void cache_invalidate(Kernel&, Thread&);
void process_start(Kernel&, Thread&);
void process_create(Kernel&, Thread&);
void process_give(Kernel&, Thread&);
void process_run(Kernel&, Thread&);

}  // namespace kernel::calls
