#!/usr/bin/env bash
# Makes the certificates of the TLS tests in the directory given, unless they are there already:
#   ca.crt          the authority the tests trust
#   server.*        signed by it, for localhost, 127.0.0.1 and ::1
#   wrong-name.*    signed by it, for example.invalid
#   expired.*       signed by it, for localhost, its time over since yesterday
#   client.*        signed by it, for a client
#   self-signed.*   signed by nobody else, for localhost
#   other-ca.crt    an authority the tests do not trust
#   other-server.*, other-client.*  signed by that one
# Each has a .crt and a .key (P-256, not encrypted).
set -euo pipefail

if (($# != 1)); then
  echo "usage: ${0##*/} DIRECTORY" >&2
  exit 2
fi
mkdir -p "$1"
cd "$1"

exec 9>.lock
flock 9  # tests that run at the same time share a directory
if [[ -e complete ]]; then exit 0; fi

readonly local_names=DNS:localhost,IP:127.0.0.1,IP:::1

# new_key NAME
new_key() {
  openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
}

# self_signed NAME SUBJECT EXTENSION...
self_signed() {
  local name=$1 subject=$2 extension options=()
  for extension in "${@:3}"; do options+=(-addext "$extension"); done
  new_key "$name"
  openssl req -new -x509 -key "$name.key" -out "$name.crt" -days 3650 -subj "/CN=$subject" "${options[@]}"
}

# signed AUTHORITY NAME SUBJECT DAYS EXTENSION...
signed() {
  local authority=$1 name=$2 subject=$3 days=$4
  new_key "$name"
  openssl req -new -key "$name.key" -subj "/CN=$subject" |
    openssl x509 -req -CA "$authority.crt" -CAkey "$authority.key" -set_serial "0x$(openssl rand -hex 8)" \
      -days "$days" -extfile <(printf '%s\n' "${@:5}") -out "$name.crt" 2>/dev/null
}

authority_rules=('basicConstraints=critical,CA:TRUE' 'keyUsage=critical,keyCertSign')
server_rules=(basicConstraints=CA:FALSE extendedKeyUsage=serverAuth)
client_rules=(basicConstraints=CA:FALSE extendedKeyUsage=clientAuth)

# The default configuration adds basicConstraints itself, which would make two of them.
OPENSSL_CONF=$PWD/openssl.cnf
export OPENSSL_CONF
printf '[req]\ndistinguished_name=name\n[name]\n' >"$OPENSSL_CONF"

self_signed ca "Test CA" "${authority_rules[@]}"
self_signed other-ca "Other CA" "${authority_rules[@]}"
self_signed self-signed localhost "${server_rules[@]}" "subjectAltName=$local_names"
signed ca server localhost 3650 "${server_rules[@]}" "subjectAltName=$local_names"
signed ca wrong-name example.invalid 3650 "${server_rules[@]}" subjectAltName=DNS:example.invalid
signed ca expired localhost -1 "${server_rules[@]}" "subjectAltName=$local_names"
signed ca client client 3650 "${client_rules[@]}"
signed other-ca other-server localhost 3650 "${server_rules[@]}" "subjectAltName=$local_names"
signed other-ca other-client other-client 3650 "${client_rules[@]}"
rm openssl.cnf
touch complete
