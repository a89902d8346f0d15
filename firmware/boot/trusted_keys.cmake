# write_trusted_keys(OUT KEY_FILE...): C++ with the public keys in the files, as trusted_keys.h declares.
#
# With TOUCHSTONE_RELEASE the policy is the release's, and a development key stops the configuration.
function(write_trusted_keys out)
  set(entries "")
  foreach(file IN LISTS ARGN)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    if(NOT EXISTS ${file})
      message(FATAL_ERROR "${file}: no such key file; see docs/boot.md for how to make one")
    endif()
    file(STRINGS ${file} lines)
    list(LENGTH lines count)
    list(GET lines 0 title)
    if(NOT title STREQUAL "touchstone public key" OR NOT count EQUAL 3)
      message(FATAL_ERROR "${file}:1: not a public key file; touchstone-pack writes them")
    endif()
    list(GET lines 1 name)
    list(GET lines 2 key)
    string(REPEAT "[0-9a-f]" 64 digits)
    if(NOT name MATCHES "^name ([A-Za-z0-9_-]+)$")
      message(FATAL_ERROR "${file}:2: `name NAME` is missing")
    endif()
    set(name ${CMAKE_MATCH_1})
    if(NOT key MATCHES "^ed25519 (${digits})$")
      message(FATAL_ERROR "${file}:3: `ed25519` and 64 hexadecimal digits are missing")
    endif()
    string(REGEX REPLACE "(..)" "0x\\1, " key ${CMAKE_MATCH_1})
    set(development false)
    if(name MATCHES "^DEVELOPMENT-ONLY-")
      set(development true)
      if(TOUCHSTONE_RELEASE)
        message(FATAL_ERROR "${file}:2: a release bootstrap must not trust a development key; set "
          "TOUCHSTONE_TRUSTED_KEYS to the release's public keys")
      endif()
    endif()
    string(APPEND entries "    {.name = \"${name}\", .key = {${key}}, .development = ${development}},\n")
  endforeach()
  if(NOT entries)
    message(FATAL_ERROR "TOUCHSTONE_TRUSTED_KEYS names no key: this bootstrap would start nothing")
  endif()
  set(policy kDevelopment)
  if(TOUCHSTONE_RELEASE)
    set(policy kRelease)
  endif()
  file(CONFIGURE OUTPUT ${out} @ONLY CONTENT [[// Generated from key files.
#include "firmware/boot/trusted_keys.h"

namespace firmware::boot {

static constexpr TrustedKey kKeys[] = {
@entries@};
constinit const std::span<const TrustedKey> kTrustedKeys{kKeys};
constinit const Policy kPolicy = Policy::@policy@;

}  // namespace firmware::boot
]])
endfunction()
