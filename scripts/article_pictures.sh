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
# A page has few colours beside the edges of letters: the 255 most frequent ones make the pictures a third as large.
"$work/python/bin/python" - "$work" docs <<'PYTHON'
import sys
from PIL import Image
work, docs = sys.argv[1:]
for name in ("light", "dark", "narrow"):
    picture = Image.open(f"{work}/article-{name}.png").convert("RGB")
    colours = [colour for _, colour in sorted(picture.getcolors(1 << 24), reverse=True)]
    kept = colours[:255]
    # Pillow's own search for the nearest colour rounds, and white paper turns grey.
    nearest = {c: min(range(len(kept)), key=lambda k: sum((a - b) ** 2 for a, b in zip(c, kept[k]))) for c in colours}
    small = Image.new("P", picture.size)
    small.putpalette([part for colour in kept for part in colour])
    small.putdata([nearest[c] for c in picture.getdata()])
    small.save(f"{docs}/article-{name}.png", optimize=True)
PYTHON
ls -l docs/article-*.png
