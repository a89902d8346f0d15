#!/bin/sh
# fetch_debian_source.sh PACKAGE VERSION FILE SHA256 CACHE [APT_FOLDER]
#
# Puts FILE, the upstream tarball of Debian source package PACKAGE at upstream VERSION, into CACHE.
# Asks apt, with a private state that is thrown away: the machine's own `deb` lines are read as
# `deb-src`, so its mirrors, proxies and keys count, its lists stay as they are and no root is needed.
# apt checks the archive's signature chain; SHA256 is the pin. Debian's point releases replace
# package revisions, so the pin is on the upstream tarball, which they keep.
#
# Exit status: 0 done, 1 could not fetch, 2 fetched something else than the pin. APT_FOLDER: /etc/apt.
set -eu
package=$1 version=$2 file=$3 sha=$4 cache=$5 apt=${6:-/etc/apt}

sum() { sha256sum "$1" | cut -d' ' -f1; }

[ -f "$cache/$file" ] && [ "$(sum "$cache/$file")" = "$sha" ] && exit 0
mkdir -p "$cache"
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$state/lists/partial" "$state/parts"

# deb822 files are paragraphs; a paragraph (or line) counts when it names Debian and is not disabled.
for list in "$apt"/sources.list.d/*.sources; do
  [ -f "$list" ] || continue
  sed 's/^[ \t]*$//' "$list" | awk 'BEGIN { RS = ""; ORS = "\n\n" }
    /(^|\n)Types:[^\n]*deb/ && /[Dd]ebian/ && !/(^|\n)Enabled:[ \t]*no/ {
      sub(/(^|\n)Types:[^\n]*/, "\nTypes: deb-src"); print }'
done > "$state/parts/machine.sources"
for list in "$apt/sources.list" "$apt"/sources.list.d/*.list; do
  [ -f "$list" ] && sed -n 's/^[ \t]*deb[ \t]\(.*[Dd]ebian.*\)/deb-src \1/p' "$list"
done > "$state/parts/machine.list" || :

options="-oDir::Etc::SourceList=/dev/null -oDir::Etc::SourceParts=$state/parts
  -oDir::State::Lists=$state/lists -oDir::Cache::pkgcache= -oDir::Cache::srcpkgcache=
  -oAPT::Sandbox::User= -oAcquire::Retries=2 -oAcquire::http::Timeout=30"

# apt-get update exits 0 with warnings when a mirror is away; what counts is whether the file is found.
# shellcheck disable=SC2086  # the options are words
apt-get $options -qq update > "$state/log" 2>&1 || :
# shellcheck disable=SC2086
revision=$(apt-cache $options showsrc "$package" 2>> "$state/log" | sed -n 's/^Version: //p' |
  awk -v upstream="$version" '{ full = $0; sub(/^[0-9]+:/, ""); sub(/-[^-]*$/, "") }
    $0 == upstream { print full; exit }')
if [ -z "$revision" ]; then
  cat "$state/log" >&2
  echo "no source package $package with upstream version $version in the archives of $apt" >&2
  exit 1
fi
# shellcheck disable=SC2086
uri=$(apt-get $options source --print-uris --download-only "$package=$revision" 2>> "$state/log" |
  awk -v file="$file" '$2 == file { gsub(/\047/, "", $1); print $1; exit }')
if [ -z "$uri" ]; then
  cat "$state/log" >&2
  echo "source package $package $revision has no file $file" >&2
  exit 1
fi
# shellcheck disable=SC2086
if ! /usr/lib/apt/apt-helper $options -qq download-file "$uri" "$state/$file" >> "$state/log" 2>&1; then
  cat "$state/log" >&2
  echo "could not download $uri" >&2
  exit 1
fi
got=$(sum "$state/$file")
if [ "$got" != "$sha" ]; then
  echo "$uri has SHA-256 $got, pinned is $sha" >&2
  exit 2
fi
# A name of our own, then a rename: two builds that fetch at once do not meet.
cp "$state/$file" "$cache/$file.$$"
mv "$cache/$file.$$" "$cache/$file"
