# Test of debian_source: against a little Debian archive made here, with no network.
# Run: cmake -DWORK=<scratch folder> -P debian_source_test.cmake
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK}/archive/hello ${WORK}/apt/sources.list.d)

function(run out)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${WORK} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  set(${out} "${text}" PARENT_SCOPE)
endfunction()
function(describe file out_size out_sha)
  file(SIZE ${file} size)
  file(SHA256 ${file} sha)
  set(${out_size} ${size} PARENT_SCOPE)
  set(${out_sha} ${sha} PARENT_SCOPE)
endfunction()

file(MAKE_DIRECTORY ${WORK}/hello-1.5)
file(WRITE ${WORK}/hello-1.5/hello.c "int hello = 15;\n")
run(ignored tar czf archive/hello/hello_1.5.orig.tar.gz hello-1.5)
describe(${WORK}/archive/hello/hello_1.5.orig.tar.gz size sha)
file(WRITE ${WORK}/archive/hello/hello_1.5-2.dsc "Format: 3.0 (quilt)\nSource: hello\nVersion: 1:1.5-2\n")
describe(${WORK}/archive/hello/hello_1.5-2.dsc dsc_size dsc_sha)
file(WRITE ${WORK}/archive/Sources "Package: hello
Binary: hello
Version: 1:1.5-2
Architecture: any
Format: 3.0 (quilt)
Directory: hello
Checksums-Sha256:
 ${dsc_sha} ${dsc_size} hello_1.5-2.dsc
 ${sha} ${size} hello_1.5.orig.tar.gz

")
file(WRITE ${WORK}/apt/sources.list.d/debian.sources
  "Types: deb\nURIs: file:${WORK}/archive\n# debian\nSuites: ./\nTrusted: yes\n")

# configure(CACHE SHA APT_FOLDER): in a CMake of its own, as a build would; sets `status`, `words`.
function(configure cache sha apt)
  file(WRITE ${WORK}/build.cmake "
    set(CMAKE_BINARY_DIR ${WORK}/build)
    set(TS_APT_FOLDER ${apt})
    include(${CMAKE_CURRENT_LIST_DIR}/debian_source.cmake)
    debian_source(hello 1.5 hello_1.5.orig.tar.gz ${sha} source)
    file(READ \${source}/hello.c text)
    message(STATUS \"got \${text}\")")
  file(REMOVE_RECURSE ${WORK}/build)
  execute_process(COMMAND ${CMAKE_COMMAND} -E env XDG_CACHE_HOME=${cache} ${CMAKE_COMMAND} -P ${WORK}/build.cmake
    RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE words)
  string(REGEX REPLACE "[ \n]+" " " words "${text}${words}")
  set(status ${status} PARENT_SCOPE)
  set(words "${words}" PARENT_SCOPE)
endfunction()
function(expect_success what)
  if(NOT status EQUAL 0 OR NOT words MATCHES "got int hello = 15")
    message(FATAL_ERROR "${what}: ${words}")
  endif()
endfunction()
function(expect_failure what pattern)
  if(status EQUAL 0 OR NOT words MATCHES "${pattern}")
    message(FATAL_ERROR "${what}: ${status} ${words}")
  endif()
endfunction()

string(REPEAT 0 64 other_sha)
configure(${WORK}/a ${sha} ${WORK}/apt)
expect_success("a source is fetched through apt")
file(REMOVE_RECURSE ${WORK}/archive.away)
file(RENAME ${WORK}/archive ${WORK}/archive.away)
configure(${WORK}/a ${sha} ${WORK}/apt)
expect_success("a cached source needs no archive")
configure(${WORK}/b ${sha} ${WORK}/apt)
expect_failure("no archive and no cache" "Connect this machine to a Debian mirror.* or put hello_1.5.orig.tar.gz .SHA-256 ${sha}")
file(RENAME ${WORK}/archive.away ${WORK}/archive)
configure(${WORK}/b ${other_sha} ${WORK}/apt)
expect_failure("another hash than the pin" "has SHA-256 ${sha}, pinned is ${other_sha}.*do not trust this mirror")
if(EXISTS ${WORK}/b/touchstone/hello_1.5.orig.tar.gz)
  message(FATAL_ERROR "a tarball with a wrong hash was cached")
endif()
file(WRITE ${WORK}/a/touchstone/hello_1.5.orig.tar.gz "damaged")
configure(${WORK}/a ${sha} ${WORK}/apt)
expect_success("a damaged cache entry is fetched again")
configure(${WORK}/b ${sha} ${WORK}/nowhere)
expect_failure("a machine with no Debian lists" "Cannot fetch the source of hello 1.5")
