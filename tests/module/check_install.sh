#!/usr/bin/env bash
# check_install.sh SOURCE BUILD: fails unless `cmake --install` puts the module and its configuration where pkg-config
# says that FreeSWITCH looks for them, and keeps an existing configuration, and unless the Debian package holds the
# same files, callsim, the documentation and the examples, and has the right dependencies.
set -euo pipefail
source=$1
build=$2
module=$(pkg-config --variable=modulesdir freeswitch)/mod_audio_stream.so
configuration=$(pkg-config --variable=confdir freeswitch)/autoload_configs/audio_stream.conf.xml
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
[[ $("$DESTDIR/usr/local/bin/callsim" --version) == "callsim $version" ]] || fail "no callsim that runs"
grep -q '<param name="io-threads"' "$DESTDIR$configuration" || fail "no $configuration"
echo mine >"$DESTDIR$configuration"
cmake --install "$build" | grep -qF "Left as it is: $DESTDIR$configuration" || fail "cmake --install did not report that the configuration stays"
[[ $(<"$DESTDIR$configuration") == mine ]] || fail "an administrator's configuration was replaced"
unset DESTDIR

if [[ ! -f $build/CPackConfig.cmake ]]; then
  if type dpkg-shlibdeps >/dev/null 2>&1; then fail "no package, although dpkg-shlibdeps is installed"; fi
  exit 0
fi
cd "$place"
cpack --config "$build/CPackConfig.cmake" >/dev/null
package=freeswitch-mod-audio-stream_${version}_$(dpkg --print-architecture).deb
[[ -f $package ]] || fail "no $package:" ./*.deb
dpkg-deb --extract "$package" unpacked
documentation=unpacked/usr/share/doc/freeswitch-mod-audio-stream
for file in "unpacked$module" "unpacked$configuration" "$documentation"/{copyright,README.md,CHANGELOG.md} \
  "$documentation"/docs/{recipes.md,protocol.schema.json} "$documentation"/examples/dialplan/audio_stream.xml; do
  [[ -f $file ]] || fail "the package has no ${file#unpacked}"
done
[[ -x $documentation/examples/esl/stream.py ]] || fail "an example can't be run"
[[ $(unpacked/usr/bin/callsim --version) == "callsim $version" ]] || fail "the package's callsim does not run"
[[ $(dpkg-deb --info "$package" conffiles) == "$configuration" ]] || fail "the configuration is no conffile"
depends=$(dpkg-deb --field "$package" Depends)
[[ $depends == *libssl* && $depends == *libc-ares* && $depends == *libspeexdsp* ]] ||
  fail "the package depends on: $depends"

# Simulates a FreeSWITCH that was installed as a package: this dpkg reports it, and otherwise is the real one.
mkdir bin
cat >bin/dpkg <<END
#!/bin/sh
case "\$1" in -S) echo "libfreeswitch1:any: \$2" ;; *) exec $(type -P dpkg) "\$@" ;; esac
END
chmod +x bin/dpkg
PATH=$place/bin:$PATH cmake -S "$source" -B packaged -G Ninja -DCMAKE_BUILD_TYPE=Release >configured
grep -q 'Package: depends on libfreeswitch1 (>= 1.10)' configured || fail "$(<configured)"
grep -qF 'CPACK_DEBIAN_PACKAGE_DEPENDS "libfreeswitch1 (>= 1.10)"' packaged/CPackConfig.cmake ||
  fail "the package would not depend on libfreeswitch1"
