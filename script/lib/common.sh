# shellcheck shell=bash
# What the scripts beside this directory share. They source it; it moves them to the repository.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit

say() { printf '== %s\n' "$*"; }

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# The comment on top of a script is its manual.
show_help() { sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; }

unknown_argument() { fail "unknown argument '$1'; --help tells what there is"; }

# The thread sanitizer of Debian 12 cannot place its shadow memory where a newer kernel's address
# randomisation puts the program, so sanitized programs are built (ctest lists their tests) and run
# without it.
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
