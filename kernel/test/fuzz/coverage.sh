#!/bin/bash
# Lines and branches of kernel/core that inputs reach: coverage.sh SOURCE_TREE WORK_FOLDER [INPUT...]
# Without inputs: the corpus.
set -euo pipefail
source=$(cd "$1" && pwd) work=$2
shift 2
[ $# -gt 0 ] || set -- "$source/kernel/test/fuzz/corpus"
mkdir -p "$work"
clang++-14 -std=c++20 -O1 -g -I"$source" -I"$source/base/target/host" -fsanitize=fuzzer \
  -fprofile-instr-generate -fcoverage-mapping -o "$work/kernel_fuzz_coverage" \
  "$source"/kernel/core/*.cc "$source/kernel/arch/host/machine.cc" "$source"/kernel/test/audit*.cc \
  "$source"/kernel/test/chaos*.cc "$source/kernel/test/world.cc" "$source/kernel/test/fuzz/fuzz_calls.cc"
LLVM_PROFILE_FILE="$work/raw" "$work/kernel_fuzz_coverage" -rss_limit_mb=0 -runs=0 "$@" 2>"$work/log"
llvm-profdata-14 merge -o "$work/profile" "$work/raw"
llvm-cov-14 report "$work/kernel_fuzz_coverage" -instr-profile="$work/profile" "$source"/kernel/core/*.cc
