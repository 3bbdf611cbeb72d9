# shellcheck shell=bash
# Functions that the scripts in script/ share. A script sources this file, which changes to the repository.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit

say() { printf '== %s\n' "$*"; }

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Prints the comment at the top of the script.
show_help() { sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; }

unknown_argument() { fail "unknown argument '$1': --help lists the arguments"; }

# Runs a command without address randomisation for asan and tsan. The thread sanitizer of Debian 12 cannot
# place its shadow memory with the randomisation of newer kernels. Builds need this too, because ctest lists
# the tests by running the programs.
steadily() {
  local preset=$1
  shift
  if [[ $preset == [at]san ]] && setarch -R true 2>/dev/null; then
    setarch -R "$@"
  else
    "$@"
  fi
}

# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  say "build $preset${*:+: $*}"
  cmake --preset "$preset" --log-level=NOTICE ${CMAKE_UNITY_BUILD:+-DCMAKE_UNITY_BUILD="$CMAKE_UNITY_BUILD"} &&
    steadily "$preset" cmake --build --preset "$preset" --parallel "$(nproc)" ${1:+--target "$@"}
}

has_freeswitch() { pkg-config --exists 'freeswitch >= 1.10'; }
