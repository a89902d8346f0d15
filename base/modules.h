// Module numbers: which source file an Error came from. One list, never renumbered.
//
// `hil explain 0xLLLLMMCC` turns an error word back into code, file and line by this table, so it
// is an X-macro-free constexpr array that host tools include as it is.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace base {

struct ModuleName {
  uint8_t number;
  std::string_view file;
};

/// A file that can FAIL() has `constexpr uint8_t kModule =
/// base::module_number("path/from/root.cc")`. Numbers below are retired when a file goes, never
/// given to another.
inline constexpr ModuleName kModules[] = {
    {1, "kernel/core"},  // the kernel's own refusals
    {2, "firmware/runtime/ipc.h"},
    {3, "firmware/runtime/process.cc"},
    {4, "firmware/runtime/thread.cc"},
    {5, "firmware/runtime/heap.cc"},
    {6, "firmware/runtime/children.cc"},
    {10, "drivers/trng/trng.cc"},
    {11, "drivers/pmc/pmc.cc"},
    {12, "drivers/uart/uart.cc"},
    {13, "drivers/sdmmc/sdmmc.cc"},
    {14, "drivers/mpddrc/mpddrc.cc"},
    {15, "drivers/wdt/wdt.cc"},
    {16, "drivers/aic/aic.cc"},
    {17, "drivers/tc/tc.cc"},
    {18, "drivers/pit/pit.cc"},
    {19, "drivers/pio/pio.cc"},
    {20, "drivers/rstc/rstc.cc"},
    {21, "drivers/l2cc/l2cc.cc"},
    {22, "drivers/sdmmc/emmc.cc"},
    {23, "drivers/sfr/sfr.cc"},
    {30, "kernel/core/message.cc"},
    {31, "kernel/core/loan.cc"},
    {32, "kernel/core/memory.cc"},
    {33, "kernel/core/process.cc"},
    {34, "kernel/core/interrupt.cc"},
    {35, "kernel/core/fault.cc"},
    {36, "kernel/core/syscall.cc"},
    {37, "kernel/core/scheduler.cc"},
    {38, "kernel/core/trace.cc"},
    {39, "kernel/core/create.cc"},
    {42, "kernel/core/dma.cc"},
    {43, "kernel/core/map.cc"},
    {40, "firmware/boot/boot.cc"},
    {41, "firmware/boot/image.cc"},
    {50, "firmware/services/console/console.cc"},
    {51, "firmware/services/names/names.cc"},
    {52, "firmware/services/console/spool.cc"},
    {53, "firmware/services/probe/checks.cc"},
    {54, "firmware/services/bench/bench.cc"},
    {55, "firmware/services/echo/machine.cc"},
    {56, "firmware/services/supervisor/supervisor.cc"},
    {57, "firmware/services/probe/introspection.cc"},
    {60, "bringup/applets/ddr.cc"},
    {61, "bringup/applets/flash.cc"},
    {62, "bringup/applets/fault.cc"},
    {63, "bringup/applets/ddr_init.cc"},
    {64, "bringup/applets/emmc_flash.cc"},
};

void file_is_not_in_base_modules_h();  // never defined: reaching it in consteval is the diagnostic

consteval uint8_t module_number(std::string_view file) {
  for (const ModuleName& module : kModules)
    if (module.file == file) return module.number;
  file_is_not_in_base_modules_h();
  return 0;
}

}  // namespace base
