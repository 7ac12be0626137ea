#!/bin/sh
# Makes the image debian:bookworm-slim with debootstrap, for machines that reach a Debian mirror but no registry. Needs root.
set -eu
if docker image inspect debian:bookworm-slim >/dev/null 2>&1; then
  echo 'debian:bookworm-slim is here already'
  exit 0
fi
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
debootstrap --variant=minbase bookworm "$tree"
rm -rf "$tree"/var/cache/apt/archives/*.deb "$tree"/var/cache/apt/*.bin "$tree"/var/lib/apt/lists/*
tar -C "$tree" --one-file-system -c . | docker import -c 'CMD ["bash"]' - debian:bookworm-slim
