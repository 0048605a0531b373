#!/usr/bin/env bash
# Builds the web parts in another folder, from the committed sources alone: they must give the bytes that are committed and
# embedded. Needs `npm ci` in this folder.
set -euo pipefail
cd "$(dirname "$0")/.."
other=$(mktemp -d)
trap 'rm -rf "$other"' EXIT
away="$other/far/from here"
mkdir -p "$away"
git ls-files -z -- package.json package-lock.json tsconfig.base.json web-widget web-console |
  tar --null --files-from=- --create --file=- | tar --extract --file=- --directory="$away"
ln -s "$PWD/node_modules" "$away/node_modules"
cd "$away"
npm run --workspaces check
