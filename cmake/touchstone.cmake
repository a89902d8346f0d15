# The house's targets: ts_library, ts_test, ts_program, ts_device_program.
#
# Includes are written from the root; a folder's library is named after its path (drivers/trng ->
# drivers_trng).

find_program(CCACHE ccache)
if(CCACHE)
  # Checkouts in different folders share what they compiled.
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()

add_library(ts_flags INTERFACE)
target_include_directories(ts_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(ts_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Werror>)
if(TOUCHSTONE_DEVICE)
  target_include_directories(ts_flags INTERFACE ${CMAKE_SOURCE_DIR}/base/target/device)
  target_compile_options(ts_flags INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-ffreestanding -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-asynchronous-unwind-tables>
    -ffunction-sections -fdata-sections)
  # Processes lie wherever the kernel puts them; the kernel and the boot chain, where they are linked.
  target_compile_options(ts_flags INTERFACE
    $<$<NOT:$<BOOL:$<TARGET_PROPERTY:TS_FIXED_ADDRESS>>>:-fpie>
    $<$<COMPILE_LANGUAGE:CXX>:-fvisibility=hidden>)
  # libgcc goes behind every other library: all of them divide. GCC would choose its Thumb build for our
  # processor; asked without flags, it names the one in ARM state, like all our code.
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-libgcc-file-name OUTPUT_VARIABLE ts_libgcc
                  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set(CMAKE_CXX_STANDARD_LIBRARIES ${ts_libgcc})
else()
  target_include_directories(ts_flags INTERFACE ${CMAKE_SOURCE_DIR}/base/target/host)
  find_package(Threads REQUIRED)
  target_link_libraries(ts_flags INTERFACE Threads::Threads)
  option(TOUCHSTONE_SANITIZE "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
  if(TOUCHSTONE_SANITIZE)
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=address,undefined)
  endif()
  find_package(GTest REQUIRED)
  target_compile_definitions(ts_flags INTERFACE GTEST_DONT_DEFINE_FAIL=1)  # FAIL is base/result.h's
endif()

# Adds each of the named subfolders that holds a CMakeLists.txt.
function(ts_add_folders)
  foreach(folder IN LISTS ARGN)
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/CMakeLists.txt)
      add_subdirectory(${folder})
    endif()
  endforeach()
endfunction()

# ts_library(NAME source... [DEPS target...])   header-only when no source is given
function(ts_library name)
  cmake_parse_arguments(PARSE_ARGV 1 A "" "" "DEPS")
  if(A_UNPARSED_ARGUMENTS)
    add_library(${name} STATIC ${A_UNPARSED_ARGUMENTS})
    target_link_libraries(${name} PUBLIC ts_flags ${A_DEPS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ts_flags ${A_DEPS})
  endif()
endfunction()

# ts_test(NAME source... [DEPS target...] [LABELS label...] [TIMEOUT seconds])
# One GoogleTest program; host build only. Label `slow` keeps it out of plain `./rig test`.
function(ts_test name)
  if(TOUCHSTONE_DEVICE)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 A "" "TIMEOUT" "DEPS;LABELS")
  add_executable(${name} ${A_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ts_flags ${A_DEPS} GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE -Wno-dangling-else)  # gtest's own macros guard against it
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${A_LABELS}" TIMEOUT ${A_TIMEOUT})
endfunction()

# ts_program(NAME source... [DEPS target...])   a host program
function(ts_program name)
  if(TOUCHSTONE_DEVICE)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 A "" "" "DEPS")
  add_executable(${name} ${A_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ts_flags ${A_DEPS})
endfunction()

# ts_device_program(NAME source... LINKER_SCRIPT file [DEPS target...])
# A freestanding ELF, NAME.elf, for the device; nothing from libc but what DEPS bring. The linker
# script must assert that .init_array is empty.
function(ts_device_program name)
  if(NOT TOUCHSTONE_DEVICE)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 A "" "LINKER_SCRIPT" "DEPS")
  add_executable(${name} ${A_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES SUFFIX .elf LINK_DEPENDS ${A_LINKER_SCRIPT})
  target_link_libraries(${name} PRIVATE ts_flags ${A_DEPS})
  target_link_options(${name} PRIVATE -nostdlib -static -T ${A_LINKER_SCRIPT} -Wl,--gc-sections
    -Wl,--no-warn-rwx-segments -Wl,-Map=${CMAKE_CURRENT_BINARY_DIR}/${name}.map)
endfunction()
