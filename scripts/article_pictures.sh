#!/usr/bin/env bash
# Makes the README's pictures of `purport score --format html`, docs/article-*.png: scripts/article_pictures.sh [BINARY].
# Needs Chromium, npm and Python; playwright-core and Pillow are fetched.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$(realpath "${1:-target/release/purport}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --prefix "$work" playwright-core@1.65
python3 -m venv "$work/python" && "$work/python/bin/pip" install --quiet pillow==12.0.0
cp data/articles/merger.txt "$work"
(cd "$work" && "$binary" score merger.txt --format html -q -o article.html)
node scripts/article_pictures.mjs "$work"
# A page has few colours: a palette makes the pictures a third as large.
"$work/python/bin/python" - "$work" docs <<'PYTHON'
import sys
from PIL import Image
work, docs = sys.argv[1:]
for name in ("light", "dark", "narrow"):
    picture = Image.open(f"{work}/article-{name}.png").convert("RGB")
    small = picture.quantize(64, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    small.save(f"{docs}/article-{name}.png", optimize=True)
PYTHON
ls -l docs/article-*.png
