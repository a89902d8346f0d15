/* What client, server, plugin and evaluation agree on: the phases of the run, and the labels that
   measured system calls carry in the immediate of their `svc`. */
#pragma once

#define PHASE_MARK 0x800000

enum Phase {
  kPhaseNone = 0,
  kPhaseNull,
  kPhaseCall,
  kPhaseCallWords,
  kPhaseCallVfp,
  kPhaseLend,
  kPhaseLendMut,
  kPhaseLendLong,
  kPhaseNotify,
  kPhaseYield,
  kPhaseInterrupt,
  kPhaseCount
};

enum Label {
  kLabelNone = 0,
  kLabelNull,
  kLabelCall,
  kLabelReply,
  kLabelNotify,
  kLabelYield,
  kLabelInterruptWait
};

/* Samples of each: more than the 256 that are asked for, so that a disturbed one does no harm. */
enum { kRounds = 300, kWarmUp = 8, kLongLoanPages = 16 };
