#!/usr/bin/env bash
# check_symbols.sh MODULE ALLOWED: fails unless MODULE exports its one symbol and nothing else, has no unique symbol
# (which would keep it mapped after dlclose), and imports from the switch only the names in the file ALLOWED, one a
# line. The simulator has to be right in each of them.
set -euo pipefail
module=$1
allowed=$2
status=0

complain() {
  printf '%s\n' "$@" >&2
  status=1
}

exported=$(nm -D --defined-only "$module" | awk '{print $3}')
[[ $exported == mod_audio_stream_module_interface ]] || complain "exports:" "$exported"

unique=$(nm -D "$module" | awk '$2 == "u" {print $3}')
[[ -z $unique ]] || complain "unique symbols:" "$unique"

strange=$(nm -D --undefined-only "$module" | awk '{print $2}' | grep -iE '^switch_' |
  sort | comm -23 - <(sort "$allowed"))
[[ -z $strange ]] || complain "imports of the switch that $allowed does not list:" "$strange"

exit $status
