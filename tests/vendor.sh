#!/usr/bin/env bash
# Renews the library that draws in the explorer, from its package: vendor.sh [VERSION], by default the version noted.
set -euo pipefail
cd "$(dirname "$0")/.."
place=graph/explorer/vendor
version=${1:-$(sed -n 's/^version: //p' "$place/SOURCE")}
bash tests/from_npm.sh "cytoscape@$version" dist/cytoscape.min.js "$place/cytoscape.min.js"
bash tests/from_npm.sh "cytoscape@$version" LICENSE "$place/cytoscape-LICENSE"
cat > "$place/SOURCE" <<NOTE
package: cytoscape
version: $version
licence: MIT, see cytoscape-LICENSE
file: dist/cytoscape.min.js
sha256: $(sha256sum "$place/cytoscape.min.js" | cut -d' ' -f1)
NOTE
cat "$place/SOURCE"
