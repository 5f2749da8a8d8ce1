#!/bin/sh
# Build the pages' style sheet and script again, from GOV.UK Frontend and what is ours beside this script.
#
# Needs Node 20 and npm, here and now alone: what it writes is committed, so that installing and running the desk
# needs neither. The versions of what is fetched, and the checksum of each, stand in package.json; the script stops at a
# package that is not the one named there.
#
#   exchange/desk/web/static/source/build.sh && python exchange/desk/web/static/source/manifest.py
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/package.json" "$here/desk.scss" "$here/desk.mjs" "$here/passkeys.mjs" "$work/"
cd "$work"
npm install --no-audit --no-fund --silent
"$work/node_modules/.bin/sass" --no-source-map --no-charset --style=compressed --quiet-deps \
  --load-path="$work/node_modules/govuk-frontend/dist" desk.scss desk.css
"$work/node_modules/.bin/esbuild" desk.mjs --bundle --minify --format=esm --target=es2020 \
  --legal-comments=none --outfile=desk.js --log-level=warning
node -e '
const lock = require("./package-lock.json").packages;
for (const name of ["esbuild", "govuk-frontend", "sass"]) {
  const found = lock["node_modules/" + name];
  const want = require("./package.json").readback[name];
  if (found.integrity !== want) throw new Error(name + " is not the package that we pinned");
}'
cp desk.css desk.js "$here/.."
