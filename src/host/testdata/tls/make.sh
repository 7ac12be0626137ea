#!/bin/bash
# Makes the certificates of the tests anew: an authority, a server, a client, and a server that nobody knows.
set -e
cd "$(dirname "$0")"
new() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -keyout "$1-key.pem" -subj "/CN=$2" "${@:3}"; }
new authority "Test Authority" -x509 -out authority.pem
for name in server client; do
  new $name $name.example.com -out $name.csr
  openssl x509 -req -in $name.csr -CA authority.pem -CAkey authority-key.pem -CAcreateserial -days 36500 -out $name.pem
done
new stranger stranger.example.com -x509 -out stranger.pem
rm -f ./*.csr ./*.srl authority-key.pem
