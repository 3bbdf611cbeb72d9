#!/usr/bin/env bash
# check_install.sh BUILD MODULES_DIR CONF_DIR: fails unless `cmake --install` puts the module and its
# configuration where FreeSWITCH looks for them and leaves a configuration alone that is there, and unless
# the Debian package holds the same.
set -euo pipefail
build=$1
module=$2/mod_audio_stream.so
configuration=$3/autoload_configs/audio_stream.conf.xml
version=$(sed -n 's/^CMAKE_PROJECT_VERSION:STATIC=//p' "$build/CMakeCache.txt")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

export DESTDIR=$place/root
cmake --install "$build" >/dev/null
[[ -f $DESTDIR$module ]] || fail "no $module"
grep -q '<param name="io-threads"' "$DESTDIR$configuration" || fail "no $configuration"
echo mine >"$DESTDIR$configuration"
cmake --install "$build" | grep -qF "Left as it is: $DESTDIR$configuration" || fail "nothing was said"
[[ $(<"$DESTDIR$configuration") == mine ]] || fail "an administrator's configuration was replaced"
unset DESTDIR

[[ -f $build/CPackConfig.cmake ]] || exit 0
cd "$place"
cpack --config "$build/CPackConfig.cmake" >/dev/null
package=freeswitch-mod-audio-stream_${version}_$(dpkg --print-architecture).deb
[[ -f $package ]] || fail "no $package:" ./*.deb
files=$(dpkg-deb --fsys-tarfile "$package" | tar -t | grep -v '/$' | sort)
[[ $files == "$(printf '%s\n' ".$module" ".$configuration" \
  ./usr/share/doc/freeswitch-mod-audio-stream/copyright | sort)" ]] || fail "it holds:" "$files"
[[ $(dpkg-deb --info "$package" conffiles) == "$configuration" ]] || fail "no conffile"
depends=$(dpkg-deb --field "$package" Depends)
[[ $depends == *libssl* && $depends == *libc-ares* && $depends == *libspeexdsp* ]] ||
  fail "it depends on: $depends"
