#!/bin/bash
# Runs the comparison of the two paths on QEMU: run.sh SOURCE_TREE. 0: all equal. 77: skipped, and why.
set -euo pipefail
device=$1/build/device
skip() { echo "SKIPPED: $*"; exit 77; }
command -v qemu-system-arm >/dev/null || skip "qemu-system-arm is not installed"
for file in kernel/test/paths/kernel_paths.bin tests/kernel/qemu_loader.elf; do
  [ -e "$device/$file" ] || skip "$device/$file is not built: cmake --build --preset device"
done
out=$(timeout 250 qemu-system-arm -M mcimx6ul-evk -m 128 -display none -monitor none -serial none \
  -semihosting-config enable=on,target=native \
  -device "loader,file=$device/kernel/test/paths/kernel_paths.bin,addr=0x80001000,force-raw=on" \
  -device "loader,file=$device/tests/kernel/qemu_loader.elf,cpu-num=0" 2>&1) || true
echo "$out"
taken=$(sed -n 's/.*on the fast path \([0-9]*\)$/\1/p' <<<"$out")
grep -q '^paths: all equal$' <<<"$out" && [ "${taken:-0}" -gt 3000 ]
