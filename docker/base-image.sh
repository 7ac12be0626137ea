#!/bin/sh
# Makes base images for machines that reach a Debian mirror but no registry; needs root.
#   docker/base-image.sh        debian:bookworm-slim, with debootstrap
#   docker/base-image.sh node   and sipwright/node: the same with the node, the npm and the trusted certificates of this machine
set -eu
trap 'rm -rf "${tree:-}" "${files:-}"' EXIT
if docker image inspect debian:bookworm-slim >/dev/null 2>&1; then
  echo 'debian:bookworm-slim is here already'
else
  tree=$(mktemp -d)
  debootstrap --variant=minbase bookworm "$tree"
  rm -rf "$tree"/var/cache/apt/archives/*.deb "$tree"/var/cache/apt/*.bin "$tree"/var/lib/apt/lists/*
  tar -C "$tree" --one-file-system -c . | docker import -c 'CMD ["bash"]' - debian:bookworm-slim
fi

[ "${1:-}" = node ] || exit 0
files=$(mktemp -d)
mkdir -p "$files/bin" "$files/lib"
cp "$(node -p process.execPath)" "$files/bin/node"
cat /etc/ssl/certs/ca-certificates.crt ${NODE_EXTRA_CA_CERTS:+"$NODE_EXTRA_CA_CERTS"} >"$files/trusted.pem"
cp -rL "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" "$files/lib/npm"
docker build --network=host -q -t sipwright/node -f - "$files" <<'DOCKERFILE'
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libstdc++6 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
COPY bin/node /usr/local/bin/node
COPY lib/npm /usr/local/lib/npm
COPY trusted.pem /usr/local/share/trusted.pem
ENV NODE_EXTRA_CA_CERTS=/usr/local/share/trusted.pem
RUN ln -s ../lib/npm/bin/npm-cli.js /usr/local/bin/npm
DOCKERFILE
