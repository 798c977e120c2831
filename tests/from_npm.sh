#!/usr/bin/env bash
# from_npm.sh PACKAGE@VERSION FILE TARGET: copies one file out of a package, without installing it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm pack --silent --pack-destination "$folder" "$1" >/dev/null
tar -xzf "$folder"/*.tgz -C "$folder" "package/$2"
mkdir -p "$(dirname "$3")"
cp "$folder/package/$2" "$3"
