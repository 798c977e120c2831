#!/usr/bin/env bash
# Finds the Java that Spark runs on, 17 or newer, and installs it where it may (apt package openjdk-17-jre-headless).
# Nothing is skipped in silence: where none can be had it is told here, with the tests that fail, and the status is 1.
set -uo pipefail

has_java() { java -version 2>&1 | grep -Eq 'version "(1[7-9]|[2-9][0-9])'; }

if ! has_java && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "Installing openjdk-17-jre-headless with apt-get ..."
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless >/dev/null \
    || apt-get install -y -qq --no-install-recommends default-jre-headless >/dev/null
fi
has_java && exit 0
echo "MISSING: Java 17 or newer, which tests/cluster/test_spark.py needs. Install it, and run \`make cluster\` again." >&2
exit 1
