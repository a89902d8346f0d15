#!/bin/bash
# stack_depth.py on small programs: stack_depth_test.sh TOOL COMPILER OBJDUMP
# 77: skipped, and why.
set -euo pipefail
tool=$1 compiler=$2 objdump=$3
command -v "$compiler" >/dev/null || { echo "SKIPPED: $compiler is not installed"; exit 77; }
command -v python3 >/dev/null || { echo "SKIPPED: python3 is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# check WHAT WANTED_STATUS PATTERN LIMIT: the program is on stdin.
check() {
  local status=0
  cat >"$work/program.c"
  "$compiler" -mcpu=cortex-a5 -marm -O1 -nostdlib -ffreestanding -fno-jump-tables -Wl,-e,root \
    -o "$work/program.elf" "$work/program.c"
  "${PYTHON:-python3}" "$tool" "$objdump" "$work/program.elf" root --limit "$4" --table calls \
    >"$work/out" 2>&1 || status=$?
  if [ "$status" != "$2" ] || ! grep -qE "$3" "$work/out"; then
    echo "FAILED: $1: status $status"
    cat "$work/out"
    exit 1
  fi
  echo "passed: $1"
}
common='typedef void (*call)(volatile char*);
#define KEEP __attribute__((noinline, used))
KEEP void leaf(volatile char* p) { volatile char room[200]; room[0] = *p; *p = room[0]; }
KEEP void other(volatile char* p) { *p = 1; }'

check "the deepest of a table's functions counts, with its callers" 0 'deepest stack 2[0-9][0-9] of 300 bytes: root -> leaf' 300 <<END
$common
const call calls[2] = {leaf, other};
KEEP void root(int i, volatile char* p) { calls[i](p); *p = 2; }
END
check "a stack that is too deep fails" 1 'too deep' 199 <<END
$common
const call calls[2] = {leaf, other};
KEEP void root(int i, volatile char* p) { calls[i](p); *p = 2; }
END
check "recursion fails" 1 'recursion: .*again -> .*again' 100000 <<END
$common
const call calls[1] = {other};
KEEP int again(int n, volatile char* p) { *p = n; return n == 0 ? 1 : n * again(n - 1, p) + *p; }
KEEP void root(int i, volatile char* p) { *p = again(i, p); calls[0](p); }
END
check "a stack that grows by a variable fails" 1 'moves the stack|sets the stack' 100000 <<END
$common
const call calls[1] = {other};
KEEP void root(int i, volatile char* p) { volatile char room[i]; room[0] = *p; leaf(room); calls[0](p); }
END
