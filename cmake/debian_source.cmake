# debian_source(PACKAGE VERSION ORIG_FILE SHA256 OUT_VARIABLE)
#
# Sets OUT_VARIABLE to a folder with the unpacked upstream source of a Debian source package. The
# tarball ORIG_FILE (pinned by SHA256) is fetched through apt's source machinery the first time and
# kept in ${XDG_CACHE_HOME:-~/.cache}/touchstone; with it there, no network is needed. Its contents
# live in the build folder only. Stops the configuration, saying what to do, when the source can be
# had neither from the cache nor from the network, or is not the pinned one.
set(TS_DEBIAN_SOURCE_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/fetch_debian_source.sh)

function(debian_source package version file sha out)
  if(DEFINED ENV{XDG_CACHE_HOME})
    set(cache "$ENV{XDG_CACHE_HOME}/touchstone")
  else()
    set(cache "$ENV{HOME}/.cache/touchstone")
  endif()
  set(source ${CMAKE_BINARY_DIR}/sources/${package}-${version})
  set(${out} ${source} PARENT_SCOPE)
  if(EXISTS ${source}.${sha})
    return()
  endif()

  if(NOT DEFINED TS_APT_FOLDER)
    set(TS_APT_FOLDER /etc/apt)
  endif()
  execute_process(
    COMMAND ${TS_DEBIAN_SOURCE_SCRIPT} ${package} ${version} ${file} ${sha} ${cache} ${TS_APT_FOLDER}
    RESULT_VARIABLE status ERROR_VARIABLE words)
  if(status EQUAL 2)
    message(FATAL_ERROR "${package} ${version} is not the pinned source:\n${words}"
      "If the archive is right (compare https://tracker.debian.org/pkg/${package}), correct the pin where "
      "debian_source(${package} ...) is called; otherwise do not trust this mirror.")
  elseif(NOT status EQUAL 0)
    message(FATAL_ERROR "Cannot fetch the source of ${package} ${version}:\n${words}"
      "Connect this machine to a Debian mirror (apt-get update must work) and configure again, or put "
      "${file} (SHA-256 ${sha}) into ${cache}: from there it is used with no network.")
  endif()

  file(REMOVE_RECURSE ${source})
  file(MAKE_DIRECTORY ${source})
  execute_process(COMMAND tar xf ${cache}/${file} --strip-components=1 -C ${source}
    COMMAND_ERROR_IS_FATAL ANY)
  file(TOUCH ${source}.${sha})
endfunction()
