#!/usr/bin/env bash
# Finds what the tests of the exports need besides Python, and installs what is missing where it may:
#   chromium, chromedriver   open the explorer                  (apt packages chromium, chromium-driver)
#   dot                      reads the DOT export               (apt package graphviz)
#   axe.min.js               looks for what shuts people out    (npm package axe-core, into .tools)
#   mermaid.min.js           reads the Mermaid export           (npm package mermaid, into .tools)
#   json2ts, tsc, node       make and compile types of the schemas (npm, tests/typescript/package-lock.json, into .tools)
# Nothing is skipped in silence: what cannot be had is told here, with the tests that will fail, and the status is 1.
set -uo pipefail
cd "$(dirname "$0")/.."

fetched=(
  "axe-core@4.14.1 axe.min.js axe.min.js 29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
  "mermaid@11.17.2 dist/mermaid.min.js mermaid.min.js 581ed7d74bd9048d0e3a91363927d72ef22942d7722546b27f7cc29e35390eb8"
)
missing=()

has() { command -v "$1" >/dev/null 2>&1; }

sound() { [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d' ' -f1)" = "$2" ]; }

all_fetched() {
  local package file name sum
  for entry in "${fetched[@]}"; do
    read -r package file name sum <<<"$entry"
    sound ".tools/$name" "$sum" || return 1
  done
}

compiles() {
  cmp -s tests/typescript/package-lock.json .tools/typescript/package-lock.json \
    && [ -x .tools/typescript/node_modules/.bin/tsc ] && [ -x .tools/typescript/node_modules/.bin/json2ts ]
}

packages=()
has chromium || has google-chrome || packages+=(chromium fonts-dejavu-core)
has chromedriver || packages+=(chromium-driver)
has dot || packages+=(graphviz)
{ all_fetched && compiles && has node; } || has npm || packages+=(npm)
if [ ${#packages[@]} -gt 0 ] && has apt-get && [ "$(id -u)" = 0 ]; then
  echo "Installing ${packages[*]} with apt-get ..."
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

has chromium || has google-chrome || missing+=("chromium: tests/test_explorer.py and the Mermaid tests of tests/test_export.py")
has chromedriver || missing+=("chromedriver: tests/test_explorer.py and the Mermaid tests of tests/test_export.py")
has dot || missing+=("graphviz: the DOT tests of tests/test_export.py")
for entry in "${fetched[@]}"; do
  read -r package file name sum <<<"$entry"
  sound ".tools/$name" "$sum" && continue
  echo "Fetching $name of $package ..."
  has npm && bash tests/from_npm.sh "$package" "$file" ".tools/$name"
  sound ".tools/$name" "$sum" || missing+=("$name of the npm package $package: tests/test_explorer.py or tests/test_export.py")
done
if ! compiles && has npm; then
  echo "Fetching the TypeScript compiler and json-schema-to-typescript ..."
  mkdir -p .tools/typescript && cp tests/typescript/package.json tests/typescript/package-lock.json .tools/typescript \
    && npm ci --prefix .tools/typescript --ignore-scripts --no-audit --no-fund --silent
fi
compiles || missing+=("json2ts and tsc of the npm packages json-schema-to-typescript and typescript: tests/test_typescript.py")
has node || missing+=("node: tests/test_typescript.py")

if [ ${#missing[@]} -gt 0 ]; then
  {
    echo
    echo "=== MISSING, and could not be installed here (apt-get needs root, npm a registry):"
    printf '===   %s will fail\n' "${missing[@]}"
    echo "=== Install them (Debian: apt-get install chromium chromium-driver graphviz npm) and run this again."
    echo
  } >&2
  exit 1
fi
