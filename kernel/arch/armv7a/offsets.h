// Where the entry code finds things. Read by the assembler and by check_offsets.cc, which compares
// every line with the structures.
#pragma once

#define THREAD_PC 60
#define THREAD_NEXT 68
#define THREAD_SERVING 72
#define THREAD_SERVED_BY 76
#define THREAD_SERVER 80
#define THREAD_STATE 84
#define THREAD_PRIORITY 85
#define THREAD_BASE_PRIORITY 86
#define THREAD_HOLDS_KEYS 87
#define THREAD_IDENTITY 88
#define THREAD_TOKEN 92
#define THREAD_SPACE 96
#define THREAD_PROCESS 104
#define THREAD_POINTER 108
#define THREAD_FLOATS 200

#define STATE_RUNNABLE 0
#define STATE_RECEIVING 1
#define STATE_AWAITING_REPLY 3

#define CONNECTION_METHODS 0
#define CONNECTION_SERVER 8
#define CONNECTION_SHIFT 4
#define PROCESS_CALLABLE 512
#define PROCESS_SYSCALLS 520

#define SERVER_WAITING 0
#define SERVER_PENDING 4
#define SERVER_LAST_RECEIVER 8

#define KERNEL_READY 0

#define TOKEN_STEP 0x800

#define CALL_NULL 0
#define CALL_CALL 3
#define CALL_REPLY_RECEIVE 7

#define FPEXC_ENABLE 0x40000000

#define KERNEL_BASE 0xc0000000
