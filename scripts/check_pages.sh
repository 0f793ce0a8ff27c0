#!/usr/bin/env bash
# Opens the HTML pages in headless Chromium: scripts/check_pages.sh [BINARY]. Debian's chromium and two packages from npm
# are installed where they are missing; CHROMIUM names another browser. Takes about a minute and a half.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$(realpath "${1:-target/release/purport}")
command -v chromium >/dev/null || { apt-get update -qq && apt-get install -qq -y chromium; }
command -v npm >/dev/null || { apt-get update -qq && apt-get install -qq -y npm; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --prefix "$work" playwright-core@1.65 axe-core@4.14
node scripts/check_pages.mjs "$binary" "$work"
