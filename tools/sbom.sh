#!/usr/bin/env bash
# What the program is made of, for auditors: CycloneDX files of the crates (deskbell.cdx.json) and of the packages that
# build the web parts (web.cdx.json; nothing of them is in the widget or the console but their own code and the libraries
# that their package.json names), and the SHA-256 of the web files that are embedded (web.sha256).
#   tools/sbom.sh [DIR]     `target/sbom` by default
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-${CARGO_TARGET_DIR:-target}/sbom}
mkdir -p "$out"
cargo cyclonedx --version >/dev/null 2>&1 || cargo install --locked cargo-cyclonedx --version 0.5.9
cargo cyclonedx --format json --spec-version 1.5 --override-filename deskbell.cdx >/dev/null
mv deskbell.cdx.json "$out/"
npm sbom --package-lock-only --sbom-format cyclonedx >"$out/web.cdx.json"
find web-widget/dist web-console/dist -type f | sort | xargs sha256sum >"$out/web.sha256"
ls -l "$out"
