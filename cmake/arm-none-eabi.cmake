# The device's toolchain: Debian's arm-none-eabi GCC for a Cortex-A5, ARM state, software floating
# point (the kernel and the boot chain never touch VFP; what uses it says so per target). No unaligned
# accesses: with the MMU off all memory is strongly ordered, where they fault.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_ASM_COMPILER arm-none-eabi-gcc)
set(CMAKE_OBJCOPY arm-none-eabi-objcopy)
set(TS_CPU_FLAGS "-mcpu=cortex-a5 -marm -mfloat-abi=soft -mno-unaligned-access")
set(CMAKE_C_FLAGS_INIT ${TS_CPU_FLAGS})
set(CMAKE_CXX_FLAGS_INIT ${TS_CPU_FLAGS})
set(CMAKE_ASM_FLAGS_INIT ${TS_CPU_FLAGS})
set(CMAKE_EXE_LINKER_FLAGS_INIT "${TS_CPU_FLAGS} -nostdlib")
