// Ctrl-C and friends, as one flag and one descriptor that every wait of the rig can watch.
#pragma once

#include <sys/types.h>

namespace probes::process {

/// Installs handlers for SIGINT, SIGTERM and SIGHUP; SIGPIPE and SIGXFSZ are ignored, so that a
/// closed pipe or a full disk is an error of the write. The first signal sets the flag, makes
/// `interrupt_descriptor` readable and kills every registered child, which ends all waits on them.
/// The third ends the process at once with status 130.
void watch_interrupts();

/// True once a signal has come.
bool interrupted();

/// The signal that came, or 0.
int interrupt_signal();

/// Becomes readable with the first signal and stays so. -1 before `watch_interrupts`.
int interrupt_descriptor();

/// Children that die with the first signal. Registering more than a few dozen is a bug.
void kill_on_interrupt(pid_t group);
void forget_on_interrupt(pid_t group);

/// For tests: as if no signal had come.
void clear_interrupt();

}  // namespace probes::process
