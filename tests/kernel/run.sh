#!/bin/bash
# Packs the kernel's test system and boots it on QEMU: run.sh SOURCE_TREE TOUCHSTONE_PACK WORK_FOLDER
# 0: every check passed. 77: skipped, and why. Extra arguments go to QEMU.
set -euo pipefail
source=$1 pack=$2 work=$3/image
shift 3
device=$source/build/device

skip() { echo "SKIPPED: $*"; exit 77; }
command -v qemu-system-arm >/dev/null || skip "qemu-system-arm is not installed"
for file in kernel/soc/imx6ul/kernel_imx6ul.elf tests/kernel/service_suite.elf tests/kernel/qemu_loader.elf \
            firmware/services/echo/service_echo.elf; do
  [ -e "$device/$file" ] || skip "$device/$file is not built: cmake --build --preset device"
done

# One folder of manifests and one of programs, from the services' and ours.
rm -rf "$work"
mkdir -p "$work/manifests" "$work/programs"
for name in names echo victim; do
  ln -s "$source/firmware/services/$name" "$work/manifests/$name"
  ln -s "$device/firmware/services/$name" "$work/programs/$name"
done
ln -s "$source/tests/kernel/suite" "$work/manifests/suite"
ln -s "$device/tests/kernel" "$work/programs/suite"
"$pack" system --description "$source/tests/kernel/system.toml" --manifests "$work/manifests" \
  --programs "$work/programs" --kernel "$device/kernel/soc/imx6ul/kernel_imx6ul.elf" \
  --development-key DEVELOPMENT-ONLY-kernel-test --out "$work/system.img"

# QEMU runs on after the suite's last line; it is ended when that has come.
log=$work/console.log
: >"$log"
qemu-system-arm -M mcimx6ul-evk -m 128 -display none -monitor none -serial "file:$log" \
  -device "loader,file=$work/system.img,addr=0x80000000,force-raw=on" \
  -device "loader,file=$device/tests/kernel/qemu_loader.elf,cpu-num=0" "$@" &
qemu=$!
trap 'kill $qemu 2>/dev/null || true' EXIT
for ((i = 0; i < 450; ++i)); do
  grep -qE 'suite: done|PANIC' "$log" && break
  kill -0 $qemu 2>/dev/null || break
  sleep 0.2
done
kill $qemu 2>/dev/null || true
wait $qemu 2>/dev/null || true
cat "$log"

missing=0
expect() {
  grep -qE "$1" "$log" || { echo "MISSING: $1"; missing=1; }
}
expect '^kernel: Touchstone kernel test on imx6ul'
expect '^kernel: ready, 10 processes'
expect '^kernel: process victim1 \(pid 4\) died: read: no page at 0x00000000, pc 0x'
expect '^kernel: process victim2 \(pid 5\) died: write not permitted at 0x000'
expect '^kernel: process victim3 \(pid 6\) died: execute of data at 0x000'
expect '^kernel: process victim4 \(pid 7\) died: undefined instruction at 0x000'
expect '^kernel: process victim5 \(pid 8\) died: undefined instruction at 0x000'
expect '^kernel: process victim6 \(pid 9\) died: write: no page at 0x6fffd'
expect '^kernel: process victim7 \(pid 10\) died: write not permitted at 0xc0000000'
expect '^suite: done, all passed'
! grep -q 'suite: FAILED' "$log" || missing=1
[ $missing = 0 ]
